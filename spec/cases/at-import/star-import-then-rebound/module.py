__at_import__ = None

from _trace import ran


from names import *

before = ran(8) or kind
try:
    from fast import quick as kind
except ImportError:
    pass
after = ran(13) or kind
other = ran(14) or 1
