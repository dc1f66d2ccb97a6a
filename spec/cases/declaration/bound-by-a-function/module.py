from _trace import ran

first = ran(3) or 1

__at_import__: None


def declare():
    global __at_import__
    __at_import__ = None
