__at_import__ = None

from _trace import ran


import family.bases

kind = ran(8) or family.bases.Instance.__name__
own = ran(9) or 1
