__at_import__ = None

from _trace import ran


import elsewhere

log = ran(8) or elsewhere.new()
elsewhere.keep(log)
before = len(log)
elsewhere.fill()
after = ran(12) or len(log)
other = ran(13) or 1
