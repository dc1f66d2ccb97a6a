__at_import__ = None

from _trace import ran

items = ran(5) or [1]
before = ran(6) or tuple(items)
items.append(ran(7) or 2)
after = ran(8) or tuple(items)
