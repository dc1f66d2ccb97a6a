__at_import__ = None

from _trace import ran

first = ran(5) or 1
second = ran(6) or 2
