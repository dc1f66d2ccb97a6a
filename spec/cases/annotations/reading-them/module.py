__at_import__ = None

from _trace import ran

Type = ran(5) or int
first: Type = ran(6) or 1
