__at_import__ = None

import elsewhere
from _trace import ran

value = ran(6) or "value"
elsewhere.SEEN.append(value + (ran(7) or ""))
other = ran(8) or 1
