__at_import__ = None

from _trace import ran
import sys

first = ran(6) or "a"
seen = ran(7) or first
import sys

sys.modules[__name__].first = ran(10) or "b"
