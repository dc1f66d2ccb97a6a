__at_import__ = None
from . import versions
