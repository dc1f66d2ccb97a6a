__at_import__ = None

from abc import ABC

from _trace import ran


class Base(ABC):
    made = ran(9)


class Derived(Base):
    made = ran(13)


before = ran(16) or isinstance(1, Base)
registered = ran(17) or Derived.register(int)
after = ran(18) or isinstance(1, Base)
other = ran(19) or 1
