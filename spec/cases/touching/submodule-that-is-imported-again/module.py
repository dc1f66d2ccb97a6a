__at_import__ = None

from _trace import ran


import family

first = ran(8) or family.name
second = ran(9) or family.deep_name
