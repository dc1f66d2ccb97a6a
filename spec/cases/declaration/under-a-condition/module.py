from _trace import ran

first = ran(3) or 1

if first:
    __at_import__ = None
