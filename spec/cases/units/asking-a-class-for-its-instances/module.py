__at_import__ = None

from abc import ABC

from _trace import ran

asked = ["by"]


class Shape(ABC):
    @classmethod
    def __subclasshook__(cls, other):
        if cls is Shape:
            asked.append("shape")
        return NotImplemented


class Pile(ABC):
    made = ran(19) or 1


class Heap(Pile):
    @classmethod
    def __subclasshook__(cls, other):
        asked.append("heap")
        return NotImplemented


kind = ran(29) or (Shape, str)
flag = ran(30) or isinstance(1, kind)
piled = ran(31) or isinstance(1.0, Pile)
times = ran(32) or tuple(asked)
other = ran(33) or 1
