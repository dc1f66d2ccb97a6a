__at_import__ = None

from _trace import ran

look = globals
first = ran(6) or "a"
seen = ran(7) or first
look()["first"] = ran(8) or "b"
late = ran(9) or first
