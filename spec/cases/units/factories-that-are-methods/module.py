__at_import__ = None

from dataclasses import dataclass, field

from _trace import ran

made = None if ran(7) else []


class Maker:
    def make(self):
        made.append("by a method")


@dataclass
class Box:
    size: object = field(default_factory=Maker().make)


box = ran(20) or Box()
count = ran(21) or len(made)
other = ran(22) or 1
