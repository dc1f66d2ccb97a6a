"""
From a touch order that shows a mismatch to the smallest that does: delta debugging over the list of touches.

A process that is given its touches makes them, takes its route's look at the namespace, and then touches all that is
still pending in the order of the source. So the smallest list says what has to be touched *before* its turn::

    touched by the seed      gamma, alpha, beta     shows that `alpha` and `beta` have each other's number
    smallest                 beta                   and then alpha, beta, gamma as they stand in the source
    smallest, also seen      (nothing)              the order is not to blame: running late is

"Smallest" means that no touch can be left out (1-minimal), as long as there is time; each try is one deferred process.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

from .compare import Mismatch, Order
from .judging import Trial
from .processes import How

#: Seconds for one module, after which what has been reached is good enough.
PATIENCE = 20.0
#: How a process ended, when it did not end well: each try would wait for that again.
ENDINGS = ("#hang", "#crash", "#failure")


@dataclasses.dataclass(frozen=True)
class Smallest:
    """An order that shows some mismatches: the touches, the route, and what differs then."""

    touches: list[str]
    route: int
    shown: list[Mismatch]


class Shrinking:
    """The tries for one module."""

    def __init__(self, trial: Trial) -> None:
        """Start the clock."""
        self.trial = trial
        self.until = time.monotonic() + PATIENCE

    def smallest(self, mismatch: Mismatch, order: Order) -> Smallest | None:
        """
        Return the smallest order found that shows `mismatch`, which was seen when touching in `order`.

        None when that order, put in other words (its touches as a list), does not show it: a matter of chance, or of
        what stood pending when half of the names had been touched.
        """
        if mismatch.key.startswith(ENDINGS):
            return None
        for route, touches in self.starts(mismatch, order):
            if self.shows(mismatch.key, touches, route):
                touches = self.fewer(mismatch.key, touches, route)
                how = How(touches=touches, route=route, settle=True)
                shown = self.trial.deferred(how)[1]  # confirmed by eager runs that touch the same
                if any(one.key == mismatch.key for one in shown):
                    return Smallest(touches, route, shown)
        return None

    def starts(self, mismatch: Mismatch, order: Order) -> Iterator[tuple[int, list[str]]]:
        """Yield where to start, simplest first: a route and touches."""
        module, _, name = mismatch.place.partition(":")
        for route in dict.fromkeys((0, mismatch.route)):
            yield route, []
            if name:
                yield route, [f"{module}:{name}"]
            yield route, order.touches[: order.before_look]
            yield route, order.touches

    def shows(self, key: str, touches: list[str], route: int) -> bool:
        """Try one list of touches."""
        if time.monotonic() > self.until:
            return False
        how = How(touches=touches, route=route, settle=True)
        return any(one.key == key for one in self.trial.run(how)[1])

    def fewer(self, key: str, touches: list[str], route: int) -> list[str]:
        """Leave out runs of touches, longest first, then one after the other until none can be."""
        size = max(1, len(touches) // 2)
        while touches:
            position, before = 0, len(touches)
            while position < len(touches):
                without = touches[:position] + touches[position + size :]
                if self.shows(key, without, route):
                    touches = without
                else:
                    position += size
            if size == 1 and len(touches) == before:
                break
            size = max(1, size // 2)
        return touches
