__at_import__ = None

from _trace import ran


class Base:
    kinds = None if ran(7) else []

    def __init_subclass__(cls):
        Base.kinds.append(cls.__name__)


class First(Base):
    made = ran(14)


class Second(Base):
    made = ran(18)


known = ran(21) or tuple(Base.kinds)
other = ran(22) or 1
