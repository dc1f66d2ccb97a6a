__at_import__ = None

from _trace import decorated, ran

original = ran(5) or open


@decorated(8)
def open():
    return original
