"""Where choices come from: a seeded generator for throughput, hypothesis for its search and its shrinking.

Terms: a *draw* is one whole number below a bound. Everything that the generator decides is made of draws, so whoever
answers them decides the module; and 0 is always the plainest answer, so that smaller draws mean plainer modules.

    draws = Seeded(7)
    draws.pick(["int", "list"])        # draws.below(2)
    for _ in draws.repeat(3, 25): ...  # a statement each

Separate from the generator because it must not know who answers: `Seeded` makes some thousand modules a second,
`Drawn` makes a few hundred and lets hypothesis cut a failing one down.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Draws:
    """The choices, in terms of `below`."""

    def below(self, bound: int) -> int:
        """Return a whole number from 0 up to, not including, `bound`; 0 is the plainest answer."""
        raise NotImplementedError

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`, which stand plainest first."""
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        """Return True in `percent` of 100 draws; False is the plainer answer."""
        return self.below(100) >= 100 - percent

    def repeat(self, low: int, high: int) -> Iterator[int]:
        """Yield 0, 1, 2 …, at least `low` and at most `high` numbers."""
        yield from range(low + self.below(high - low + 1))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return `options` in a drawn order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]


def spread(table: Sequence[tuple[int, T]]) -> tuple[T, ...]:
    """Repeat each second as often as its first says: what `pick` takes is then weighted."""
    return tuple(option for weight, option in table for _ in range(weight))


class Seeded(Draws):
    """Draws from a seed: the same seed, the same module, on every version of Python."""

    def __init__(self, seed: int) -> None:
        """Start at the beginning of `seed`'s sequence."""
        self._random = random.Random(seed).random

    def below(self, bound: int) -> int:
        """Return the next number."""
        return int(self._random() * bound)


class Drawn(Draws):
    """Draws that hypothesis answers, with one draw a repetition so that it can leave repetitions out."""

    def __init__(self, integer: Callable[[int], int]) -> None:
        """Ask ``integer(bound)`` for every number."""
        self._integer = integer

    def below(self, bound: int) -> int:
        """Return hypothesis's number; where there is no choice it isn't asked."""
        return self._integer(bound) if bound > 1 else 0

    def repeat(self, low: int, high: int) -> Iterator[int]:
        """Yield while hypothesis says "more", about twelve times on average."""
        number = 0
        while number < low or (number < high and self.below(12)):
            yield number
            number += 1


def drawn(draw: Callable[[Any], int]) -> Drawn:
    """Make draws of the `draw` that ``hypothesis.strategies.composite`` hands out."""
    from hypothesis import strategies

    return Drawn(lambda bound: draw(strategies.integers(0, bound - 1)))
