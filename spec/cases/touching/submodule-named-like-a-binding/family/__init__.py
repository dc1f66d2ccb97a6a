__at_import__ = None

from .tidy import tidy
