"""What the statements of staged modules call: it counts them, and does what the play says. Eager, and without imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

ACTS: dict[str, Callable[[], object]] = {}
BEGUN: Counter[str] = Counter()
ENDED: Counter[str] = Counter()


def play(label: str) -> object:
    """Run the act of that label, if there is one; returns what it does, or the label."""
    BEGUN[label] += 1
    act = ACTS.get(label)
    value = label if act is None else act()
    ENDED[label] += 1
    return value


def clear() -> None:
    """Forget the acts and the counts of the play before."""
    ACTS.clear()
    BEGUN.clear()
    ENDED.clear()
