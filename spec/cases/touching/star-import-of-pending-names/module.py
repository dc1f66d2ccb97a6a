__at_import__ = None

from _trace import ran

from tools import *

own = ran(7) or [4]
