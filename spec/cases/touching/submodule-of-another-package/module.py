__at_import__ = None
from _trace import ran

import family.parser
import between

kept = ran(7) or len([family, between])
