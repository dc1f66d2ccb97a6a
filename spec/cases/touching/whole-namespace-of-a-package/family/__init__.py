__at_import__ = None

from . import first

listed = sorted(name for name in dir() if not name.startswith("__"))
