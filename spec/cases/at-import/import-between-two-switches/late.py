__at_import__ = None

from _trace import ran

ran(205)
value = ran(206) or 2
