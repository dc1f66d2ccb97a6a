__at_import__ = None

from _trace import ran

try:
    import fails_when_run
except ArithmeticError:
    fails_when_run = ran(8) or None
other = ran(9) or 1
