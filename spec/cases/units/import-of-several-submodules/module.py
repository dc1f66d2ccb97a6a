__at_import__ = None

from _trace import ran

import family

value = ran(7) or __import__("family.core").core.VALUE
other = ran(8) or family.extra.VALUE
