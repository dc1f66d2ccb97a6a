__at_import__ = None

from _trace import ran


import sys


def names():
    return sorted(name for name in sys._getframe(1).f_globals if name[0] != "_")


first = ran(13) or 1
so_far = ran(14) or names()
second = ran(15) or 2
