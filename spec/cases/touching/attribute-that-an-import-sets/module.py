__at_import__ = None
from _trace import ran

import family

kept = ran(6) or family.filled
