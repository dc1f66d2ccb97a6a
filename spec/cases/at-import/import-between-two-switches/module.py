__at_import__ = None

import early
import os
import sys
from _trace import ran

os.environ["AT_IMPORT_CASE"] = ran(8) or "set"
import looks_around
del os.environ["AT_IMPORT_CASE" + (ran(10) or "")]
import late
sys.path[:0] = ran(12) or []
other = ran(13) or 1
