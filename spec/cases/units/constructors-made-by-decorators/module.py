__at_import__ = None

from dataclasses import dataclass, field

from _trace import ran

made = None if ran(7) else []


def fresh():
    made.append("by a function")
    return 1


@dataclass
class Box:
    size: object = field(default_factory=fresh)
    place: object = field(default_factory=lambda: made.append("by a lambda"))


box = ran(21) or Box()
count = ran(22) or len(made)
other = ran(23) or 1
