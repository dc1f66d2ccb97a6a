__at_import__ = None

from _trace import ran


limit = ran(6) or 5


def everything():
    return [value for name, value in globals().items() if name in ("limit", "other")]


other = ran(13) or 1
