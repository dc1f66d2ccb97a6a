__at_import__ = None

from _trace import ran


number = ran(6) or 1
later = lambda: number
now = lambda value=number: value
number = ran(9) or 2
other = ran(10) or 1
