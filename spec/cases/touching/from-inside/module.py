__at_import__ = None

from _trace import ran

table = ran(5) or {"key": "value"}
unrelated = ran(6) or 0


def find(key):
    return table[key]
