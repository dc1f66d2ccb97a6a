__at_import__ = None

from enum import Enum

from _trace import ran

tones = None if ran(7) else []


class Colour(Enum):
    RED = tones

    def __init__(self, value):
        value.append("red")


count = ran(17) or len(tones)
other = ran(18) or 1
