__at_import__ = None

from _trace import ran


def make(names):
    globals().update(names)
    return len(names)


first = ran(11) or 1
count = ran(12) or make({"a" + "b": 2})
second = ran(13) or 2
