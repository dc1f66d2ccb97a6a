__at_import__ = None

from _trace import ran


_len = len


def len(thing):
    return _len(thing) + 1


size = ran(13) or len("ab")
other = ran(14) or 1
