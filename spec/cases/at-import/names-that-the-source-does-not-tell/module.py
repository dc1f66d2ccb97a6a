__at_import__ = None

from _trace import ran


first = ran(6) or 1
so_far = ran(7) or sorted(name for name in globals() if name[0] != "_")
second = ran(8) or 2
