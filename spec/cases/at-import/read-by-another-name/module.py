__at_import__ = None

import elsewhere
from _trace import ran
from asking import ask
from elsewhere import STATE as state

by_name = state["value"]
asked = ask()
elsewhere.STATE["value"] = (ran(10) or 0) + 2
after = ran(11) or state["value"]
