__at_import__ = None

from enum import Enum

from _trace import ran

made = []


class Named(Enum):
    def __init__(self, value):
        made.append(value)


class Colour(Named):
    RED = "r"
    BLUE = "b"

    @classmethod
    def _missing_(cls, value):
        made.append("missed")
        return cls.RED


found = ran(25) or Colour("x").name
count = ran(26) or len(made)
other = ran(27) or 1
