__at_import__ = None

from _trace import ran

before = ran(5) or "before"
from names import *

after = ran(8) or exported
other = ran(9) or 1
