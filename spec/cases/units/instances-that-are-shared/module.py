__at_import__ = None

from _trace import ran


class Settings:
    only = None

    def __new__(cls):
        if cls.only is None:
            cls.only = object.__new__(cls)
        return cls.only


mine = Settings()
yours = Settings()
put = ran(17) or setattr(yours, "limit", 5)
limit = ran(18) or getattr(mine, "limit", 0)
other = ran(19) or 1
