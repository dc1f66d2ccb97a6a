__at_import__ = None

import numbers

from _trace import ran


class Third:
    made = ran(9) or 1


class Sixth(Third):
    made = ran(13) or 2


numbers.Number.register(Third)
unasked = ran(17) or 3
third = ran(18) or Third()
sixth = ran(19) or isinstance(Sixth(), numbers.Number)
