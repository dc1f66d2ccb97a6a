__at_import__ = None

from _trace import ran
import sys

modules = sys.modules
itself = __name__
first = ran(8) or "a"
seen = ran(9) or first
modules[__name__].first = ran(10) or "b"
late = ran(11) or first
sys.modules[itself].first = ran(12) or "c"
