__at_import__ = None
from .core import name
from .core.deep import name as deep_name
