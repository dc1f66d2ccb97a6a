__at_import__ = None

from _trace import ran


import enum

first = ran(8) or 1


@enum.global_enum
class Colour(enum.Enum):
    RED = ran(13) or 1


second = ran(16) or 2
