__at_import__ = None

from _trace import ran


from functools import update_wrapper


def first():
    """Words."""


def second():
    pass


update_wrapper(second, first)


class Thing:
    made = ran(21)


Thing.method = second
setattr(Thing, "size", 3)
other = ran(26) or 1
