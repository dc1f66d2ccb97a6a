__at_import__ = None

from _trace import ran

__all__ = ["saw", "plane", "file"]
saw = ran(106) or [1]
plane = ran(107) or [2]
file = ran(108) or [3]


def sharpen():
    global saw
    saw = [4]
