__at_import__ = None
from .settings import Settings
