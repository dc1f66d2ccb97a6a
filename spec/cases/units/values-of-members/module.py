__at_import__ = None

from enum import Enum

from _trace import ran

asked = None if ran(7) else []


class Tone:
    def __hash__(self):
        asked.append("tone")
        return 1


class Colour(Enum):
    RED = Tone()


found = ran(20) or len(asked) > 0
other = ran(21) or 1
