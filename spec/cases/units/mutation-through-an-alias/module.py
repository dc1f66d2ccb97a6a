__at_import__ = None

from _trace import ran

a = None if ran(5) else []
b = None if ran(6) else a
b.append(1)
unrelated = ran(8) or 0
