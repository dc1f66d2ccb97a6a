__at_import__ = None

from _trace import ran

import family


listed = ran(8) or family.listed
