"""
A module with a bit of everything, for what looks at modules, and a few programs' worth of ways to look.

It is data: the tests write it into a folder of their own, and import it there eagerly and deferred.
"""

SHAPES = '''\
"""Shapes: a module with a bit of everything.

>>> Point(1, 2).norm
3
"""

from __future__ import annotations

__at_import__ = None

import dataclasses
import enum
import functools
import math as mathematics
from typing import ClassVar, NamedTuple

# The origin of all units: where lengths
# begin.
ORIGIN = len("")
LIMITS = tuple(range(ORIGIN, 3))


# Colours, as they are
# printed.
class Colour(enum.Enum):
    """What a shape is painted with."""

    RED = 1
    BLUE = 2

    @classmethod
    def first(cls) -> Colour:
        """Return the first one.

        >>> Colour.first().name
        'RED'
        """
        return cls.RED


@dataclasses.dataclass
class Point:
    """A place."""

    x: int
    y: int = 2
    made: ClassVar[int] = 0

    @property
    def norm(self) -> int:
        """The sum of both."""
        return self.x + self.y

    class Inner:
        """Inside."""

        def deep(self, other: Point) -> Colour:
            return Colour.RED


class Pair(NamedTuple):
    """Two points."""

    left: Point
    right: Point = None


def traced(function):
    """Wrap a function."""

    @functools.wraps(function)
    def wrapper(*arguments, **options):
        return function(*arguments, **options)

    return wrapper


# Adds.
@traced
def add(
    left: Point,
    right: Point,
    *,
    colour: Colour | None = None,
) -> Point:
    """Add two points.

    >>> add(Point(1), Point(2, 3))
    Point(x=3, y=5)
    """
    return Point(left.x + right.x, left.y + right.y)


area = lambda side, *, scale=LIMITS[1]: side * side * scale  # noqa


async def later(point: Point) -> int:
    return point.x


def numbers(stop: int = LIMITS[-1]):
    yield from range(stop)


cached = functools.lru_cache(maxsize=None)(lambda n: n + 1)
bound = Point(1).__eq__
BOXES = [Point(index) for index in range(2)]
if ORIGIN == 0:
    sometimes = "bound"
'''
