__at_import__ = None

import elsewhere
from _trace import ran

table = None if ran(6) else {}
table.update(ran(7) or elsewhere.TABLE)


class Tokens:
    own = []
    own.extend(ran(12) or sorted(elsewhere.TABLE))


other = ran(15) or 1
