__at_import__ = None

from _trace import ran


import elsewhere

value = ran(8) or "value"
elsewhere.SEEN.append((ran(9) or "") + value)
other = ran(10) or 1
