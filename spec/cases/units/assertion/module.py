__at_import__ = None

from _trace import ran


numbers = (3, 1, 2)
ordered = sorted(numbers)
assert ordered == numbers
given = ran(9) or 3
assert given > 2
other = ran(11) or 1
