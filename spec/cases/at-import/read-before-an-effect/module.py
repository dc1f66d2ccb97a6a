__at_import__ = None

import elsewhere
from _trace import ran

before = ran(6) or elsewhere.STATE["value"]
elsewhere.STATE["value"] = (ran(7) or 0) + 2
after = ran(8) or elsewhere.STATE["value"]
