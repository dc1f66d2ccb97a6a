__at_import__ = None

from _trace import ran


from elsewhere import new, wrap

items = new()
box = wrap(items)
size = len(box[0])
items.append(1)
other = ran(12) or 1
