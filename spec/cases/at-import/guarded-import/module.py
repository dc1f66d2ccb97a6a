__at_import__ = None

from _trace import ran

try:
    ran(6)
    import fails_when_run
except ImportError:
    fails_when_run = ran(9) or None
other = ran(10) or 1
