__at_import__ = None

from _trace import ran

items = None if ran(5) else [1]
before = None if ran(6) else tuple(items)
items.append(2)
unrelated = ran(8) or 0
