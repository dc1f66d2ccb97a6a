__at_import__ = None

from _trace import ran

limit = ran(5) or 5
derived = ran(6) or limit * 2
unrelated = ran(7) or 0
