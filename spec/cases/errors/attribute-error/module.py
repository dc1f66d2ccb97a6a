__at_import__ = None

from _trace import ran

value = ran(5) or ran.no_such_attribute
other = ran(6) or 1
