__at_import__ = None
from _trace import ran

import made_findable

import not_on_the_path


found = ran(9) or not_on_the_path.NAME
