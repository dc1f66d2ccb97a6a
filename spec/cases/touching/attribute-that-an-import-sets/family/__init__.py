__at_import__ = None

from . import _fill
