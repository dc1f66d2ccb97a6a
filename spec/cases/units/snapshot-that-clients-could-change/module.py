__at_import__ = None

from _trace import ran

items = ran(5) or [1]
copied = ran(6) or tuple(items)
unrelated = ran(7) or 0
