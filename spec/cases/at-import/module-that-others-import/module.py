__at_import__ = None

import sys

from _trace import ran
import imports_one

early = ran(8) or 1
asked = ran(9) or "is_imported" in sys.modules
other = ran(10) or 1
