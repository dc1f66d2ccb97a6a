__at_import__ = None

from _trace import ran
from functools import reduce

log = None if ran(6) else []

found = reduce(lambda a, b: log, [1, 2])

found.append("last")
last = ran(11) or len(log)
other = ran(12) or 1
