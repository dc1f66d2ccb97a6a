"""What the statements of long runs call: each counts how often it has begun and ended. Eager."""

from __future__ import annotations

from collections import Counter

BEGUN: Counter[str] = Counter()
ENDED: Counter[str] = Counter()


class Flaky(Exception):
    """What `flaky` raises the first time."""


def count(label: str, *_needs: object) -> str:
    """Count the statement; returns its label."""
    BEGUN[label] += 1
    ENDED[label] += 1
    return label


def flaky(label: str, *_needs: object) -> str:
    """As `count`, but the first attempt fails."""
    BEGUN[label] += 1
    if BEGUN[label] == 1:
        raise Flaky(label)
    ENDED[label] += 1
    return label


def clear() -> None:
    """Begin anew."""
    BEGUN.clear()
    ENDED.clear()
