__at_import__ = None

from _trace import ran


left, right = ran(6) or (1, 2)
left, right = right, left
both = ran(8) or (left, right)
other = ran(9) or 1
