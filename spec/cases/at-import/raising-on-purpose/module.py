__at_import__ = None

from _trace import ran


first = ran(6) or 1
if first > 1:
    raise ImportError("not here")
assert first
second = ran(10) or 2
