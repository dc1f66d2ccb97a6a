__at_import__ = None

import os

from _trace import ran

if ran(7) or os.sep == "?":
    never = ran(8) or 1
else:
    always = ran(10) or 2
unrelated = ran(11) or 3
