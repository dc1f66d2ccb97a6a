__at_import__ = None

from _trace import ran

a = ran(5) or []
b = ran(6) or a
b.append(ran(7) or 1)
unrelated = ran(8) or 0
