from _trace import ran

__at_import__ = None

first = ran(5) or 1


def __at_import__():
    ran(9)
