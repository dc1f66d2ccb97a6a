"""The outside world of generated modules: what they import, call and leave traces in.

Everything here is deterministic. `note` and `REGISTRY` are what a bare statement affects outside; the rest is either
pure, or changes only the arguments that it is given. Generated modules import it as ``recorder``.

    from recorder import note, keep
    note(l1)            # an effect: at import, in order, with l1 as it is at that moment
    l2 = keep(l1)       # no effect, but an alias that no analysis of this file alone can see

Separate from the runners because both runs of a module must find the same module object, emptied in between.
"""

from __future__ import annotations

from typing import Any

from .snapshot import Encoder

#: What `note` was given, as it was at that moment.
LOG: list[object] = []
#: An object from outside that modules assign into.
REGISTRY: dict[str, object] = {}


def reset() -> None:
    """Forget everything."""
    LOG.clear()
    REGISTRY.clear()
    box.__dict__.clear()


class Box:
    """An object from outside whose attributes modules assign."""


box = Box()


def note(*values: object) -> None:
    """Record the values as they are now."""
    encoder = Encoder(brief=True)
    LOG.append(tuple(encoder.encode(value) for value in values))


def double(number: int) -> int:
    """Return twice the number."""
    return number + number


def keep(value: Any) -> Any:
    """Return the argument itself."""
    return value


def wrap(value: object) -> list[object]:
    """Return a list that holds the argument."""
    return [value]


def freeze(value: object) -> object:
    """Return a copy of the argument, and of all that it leads to, as tuples."""
    return Encoder(brief=True).encode(value)


def push(items: list[object], value: object) -> int:
    """Append to an argument, and return its length."""
    items.append(value)
    return len(items)


def call(function: Any, *arguments: object) -> Any:
    """Call the argument."""
    return function(*arguments)


class Thing:
    """A base class without a registry: what most generated classes have in common."""

    def add(self, value: object) -> Thing:
        """Append to whatever `items` is."""
        self.items.append(value)  # type: ignore[attr-defined]
        return self

    @property
    def total(self) -> int:
        """Count `items`."""
        return len(self.items)  # type: ignore[attr-defined]


def make_class() -> type:
    """Return a new class of the shape that generated classes have."""

    class Made(Thing):
        items = []  # noqa: RUF012  (shared on purpose)
        n = 1

        def get(self) -> int:
            return self.n

    return Made


class Stop(Exception):
    """Raised on purpose and caught."""
