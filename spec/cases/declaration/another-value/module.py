from _trace import ran

first = ran(3) or 1

__at_import__ = False

second = ran(7) or 2
