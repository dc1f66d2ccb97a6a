__at_import__ = None
from _trace import ran

import family.core

kept = ran(6) or family.core
