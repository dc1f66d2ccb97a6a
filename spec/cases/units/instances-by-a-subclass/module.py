__at_import__ = None

from _trace import ran
from abc import ABCMeta


class Base(metaclass=ABCMeta):
    made = ran(8)


class Middle(Base):
    made = ran(12)


class Named(Middle):
    made = ran(16)

    @classmethod
    def __subclasshook__(cls, other):
        return True if hasattr(other, "name") else NotImplemented


class Thing:
    name = ran(24)


counts = ran(27) or isinstance(Thing(), Base)
other = ran(28) or 1


class Alone(metaclass=ABCMeta):
    made = ran(32)

    @classmethod
    def __subclasshook__(cls, other):
        if cls is Alone:
            return hasattr(other, "alone")
        return NotImplemented


class Inherits(Alone):
    made = ran(42)
