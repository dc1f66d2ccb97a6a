__at_import__ = None

from _trace import ran


limit = 5
derived = ran(7) or limit * 2
other = ran(8) or 1
