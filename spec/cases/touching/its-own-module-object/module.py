__at_import__ = None

from _trace import ran


import sys

limit = ran(8) or 5


def read(name):
    return getattr(sys.modules[__name__], name)


other = ran(15) or 1
