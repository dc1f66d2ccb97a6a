__at_import__ = None

from _trace import ran

x = ran(5) or 1
y = ran(6) or x
x = ran(7) or 2
z = ran(8) or x
