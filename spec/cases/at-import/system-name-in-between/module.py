__at_import__ = None

from _trace import ran


first = ran(6) or 1
__path__ = None if ran(7) else []
second = ran(8) or 2
