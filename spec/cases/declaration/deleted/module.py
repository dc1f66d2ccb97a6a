from _trace import ran

__at_import__ = None
first = ran(4) or 1
del __at_import__
