__at_import__ = None

from _trace import ran

limit = ran(5) or 1


def read():
    return limit


put = ran(12) or read.__globals__.update(limit=5, more=[6])
twice = ran(13) or limit * 2
