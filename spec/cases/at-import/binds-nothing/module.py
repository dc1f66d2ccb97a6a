__at_import__ = None

from _trace import ran


import elsewhere

first = ran(8) or 1
if elsewhere.SEEN.append("if"):
    pass
() = elsewhere.fill("unpacked")
with elsewhere.entered("with"):
    pass
second = ran(14) or 2
