__at_import__ = None

import source_of_trouble
from _trace import ran

partial = ran(6) or source_of_trouble.take()
other = ran(7) or 1
