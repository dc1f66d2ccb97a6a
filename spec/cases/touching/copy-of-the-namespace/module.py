__at_import__ = None

from _trace import ran


limit = ran(6) or 5


def read():
    return limit


other = ran(13) or 1
