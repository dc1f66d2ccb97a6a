__at_import__ = None

from _trace import ran

from . import core, extra

value = ran(107) or core.VALUE
