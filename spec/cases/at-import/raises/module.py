__at_import__ = None

from _trace import ran


first = ran(6) or 1
if first:
    raise ImportError("not here")
second = ran(9) or 2
