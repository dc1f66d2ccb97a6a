__at_import__ = None

from _trace import ran

table = ran(5) or {}
table["key"] = ran(6) or "value"
other = ran(7) or 1
