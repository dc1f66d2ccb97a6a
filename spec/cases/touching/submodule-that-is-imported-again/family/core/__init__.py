__at_import__ = None
from _trace import ran
name = ran(203) or "core"
