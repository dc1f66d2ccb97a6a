__at_import__ = None

from _trace import ran


import elsewhere

value = None if ran(8) else "value"
elsewhere.SEEN.append(value)
other = ran(10) or 1
