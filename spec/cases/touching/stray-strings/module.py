__at_import__ = None

from _trace import ran


first = ran(6) or 1
"no docstring"
second = ran(8) or 2
