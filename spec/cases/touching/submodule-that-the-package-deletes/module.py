__at_import__ = None

from _trace import ran


import family.tools

name = ran(8) or family.tidy("x")
other = ran(9) or hasattr(family, "tools")
