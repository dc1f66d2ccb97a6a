__at_import__ = None

from _trace import ran


import elsewhere

value = str("first")
elsewhere.look()
value = ran(10) or "second"
other = ran(11) or 1
