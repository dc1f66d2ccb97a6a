__at_import__ = None

from _trace import ran

from tools import *

listed = sorted(name for name in dir() if name in ("saw", "plane", "own"))
values = [value for name, value in globals().items() if name in ("saw", "plane", "own")]


own = ran(11) or 4
