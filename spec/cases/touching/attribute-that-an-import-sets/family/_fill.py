import sys

from _trace import ran

sys.modules["family"].filled = 3 if ran(105) is None else 0
