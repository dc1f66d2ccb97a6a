__at_import__ = None

from .tools import tidy

del tools
