__at_import__ = None

from _trace import ran

first: int = ran(5) or 1
second: str = "two"
if first:
    first = ran(8) or 3
