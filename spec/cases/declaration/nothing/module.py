"""A module that may wait."""

__at_import__ = None

from _trace import decorated, ran

first = ran(7) or "first"


@decorated(10)
def double(text):
    return text + text


second = ran(15) or double(first)
