__at_import__ = None

import elsewhere
from _trace import ran


def maker():
    global late
    late = 1


elsewhere.call(lambda: ran(12) or maker)
asked = late if ran(13) else 2
other = ran(14) or 1
