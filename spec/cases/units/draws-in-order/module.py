__at_import__ = None

from _trace import ran


tickets = None if ran(6) else iter([1, 2, 3])
tickets = tickets or iter([1, 2, 3])
first = ran(8) or next(tickets)
second = ran(9) or next(tickets)
other = ran(10) or 1
