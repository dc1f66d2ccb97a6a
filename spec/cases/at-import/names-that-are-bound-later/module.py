__at_import__ = None
import caller
from _trace import ran

early = ran(5) or "early"


caller.call(lambda: early)
caller.call(ran(9) or (lambda: later))
later = ran(10) or "later"
