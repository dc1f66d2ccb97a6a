__at_import__ = None

from _trace import decorated, ran


first = ran(6) or 1


@decorated(9)
def __dir__():
    return ["first", "second"]


second = ran(14) or 2
