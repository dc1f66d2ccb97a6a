__at_import__ = None

from _trace import ran


first = ran(6) or 1
__name__ = ran(7) or "renamed"


class Second:
    made = ran(11)


third = ran(14) or 3
