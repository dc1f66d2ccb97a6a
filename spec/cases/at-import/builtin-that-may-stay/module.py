__at_import__ = None

from _trace import ran


import os

if ran(8) or os.sep == "?":
    ascii = repr
shown = ran(10) or ascii("\u00e4")
other = ran(11) or 1
