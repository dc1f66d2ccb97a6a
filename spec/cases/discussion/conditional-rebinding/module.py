__at_import__ = None

from _trace import ran

a = ran(5) or 1
b = ran(6) or 0
c = ran(7) or 2
if ran(8) or a > 0:
    c = ran(9) or 1
d = ran(10) or (b > 0 or c)
