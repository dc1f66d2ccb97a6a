__at_import__ = None

from _trace import ran


class Base:
    kinds = None if ran(7) else []

    def __init_subclass__(cls):
        Base.kinds.append(cls.__name__)


before = ran(13) or len(Base.kinds)
Made = ran(14) or type("Made", (Base,), {})
after = ran(15) or len(Base.kinds)
other = ran(16) or 1
