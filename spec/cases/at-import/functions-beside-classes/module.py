__at_import__ = None

from _trace import ran

# a function and a class of the same statement; and a name that stands for either
if ran(6) or True:

    class Beside: ...

    def called():
        ran(11)

    called()

if ran(15):

    class Either: ...
else:

    def Either():
        ran(21)


Either()
unrelated = ran(25) or 0
