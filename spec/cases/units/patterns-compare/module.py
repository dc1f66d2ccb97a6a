__at_import__ = None

from _trace import ran

asked = None if ran(5) else []


class Shelf:
    def __eq__(self, other):
        asked.append(other)
        return True


match [Shelf()]:
    case [3]:
        found = ran(16) or True
times = ran(17) or len(asked)
other = ran(18) or 1
