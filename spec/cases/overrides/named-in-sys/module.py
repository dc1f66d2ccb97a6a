__at_import__ = None
from _trace import ran

first = ran(4) or 1
second = ran(5) or 2
