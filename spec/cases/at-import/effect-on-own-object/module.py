__at_import__ = None

from _trace import ran

table = None if ran(5) else {}
table["key"] = "value"
other = ran(7) or 1
