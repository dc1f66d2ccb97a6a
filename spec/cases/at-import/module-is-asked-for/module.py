__at_import__ = None

import sys

from _trace import ran
import family
import family.imported_inside
import imported_here

found = ran(10) or sys.modules["imported_here"].value
inside = ran(11) or "imported_inside" in dir(family)
other = ran(12) or 1
