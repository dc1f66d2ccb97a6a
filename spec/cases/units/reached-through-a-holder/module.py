__at_import__ = None

from _trace import ran


from elsewhere import new, wrap

items = ran(8) or new()
box = ran(9) or wrap(items)
size = ran(10) or len(box[0])
items.append(1)
other = ran(12) or 1
