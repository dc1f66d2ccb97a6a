__at_import__ = None

from _trace import ran


import family

name = ran(8) or family.core.__name__
value = ran(9) or family.VALUE
