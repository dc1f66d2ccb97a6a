__at_import__ = None

from _trace import ran


import dataclasses
from typing import ClassVar

first = ran(9) or 1


@dataclasses.dataclass
class Point:
    x: "int" = 0
    kinds: "ClassVar[int]" = ran(15) or 3


other = ran(18) or 1
