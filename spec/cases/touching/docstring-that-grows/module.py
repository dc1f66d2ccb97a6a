"""Words."""

__at_import__ = None

from _trace import ran

more = ran(7) or " And more."
__doc__ += more
other = ran(9) or 1
