__at_import__ = None
from . import standard


class Settings:
    listed = [name for name in dir(standard) if not name.startswith("_")]


Settings.default = Settings()
