from _trace import ran

first = ran(3) or 1


def __at_import__(argument=None):
    ran(7)
