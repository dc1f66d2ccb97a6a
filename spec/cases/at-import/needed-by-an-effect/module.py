__at_import__ = None

import elsewhere
from _trace import decorated, ran

value = "value" if decorated(6)(None) is None else ""
elsewhere.SEEN.append((ran(7) or "") + value)
other = ran(8) or 1
