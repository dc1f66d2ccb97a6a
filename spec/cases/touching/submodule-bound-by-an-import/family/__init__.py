__at_import__ = None

from .core import VALUE
