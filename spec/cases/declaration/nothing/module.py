"""A module that may wait."""

__at_import__ = None

from _trace import ran

first = ran(7) or "first"


def double(text, sign=None if ran(10) else "+"):
    return text + sign + text


second = ran(14) or double("second")
