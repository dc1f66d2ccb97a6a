__at_import__ = None

import elsewhere
from _trace import decorated, ran


@decorated(7)
def value():
    return "value"


elsewhere.SEEN.append((ran(12) or "") + value())
other = ran(13) or 1
