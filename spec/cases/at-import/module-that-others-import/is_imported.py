__at_import__ = None

from _trace import ran

value = ran(305)
