"""Records which lines of a conformance case have run; part of the suite, the same for every implementation.

A case says ``ran(7) or value`` where the statement on line 7 computes ``value``, or ``None if ran(7) else value`` where
it matters that the value can't be something that `ran` made.
"""

LINES: list[int] = []


def ran(line: int) -> None:
    """Note that the statement on `line` runs; returns None, so that ``ran(7) or value`` is ``value``."""
    LINES.append(line)


def decorated(line: int):
    """Return a decorator that notes that the definition on `line` runs, and changes nothing."""

    def decorate(thing):
        LINES.append(line)
        return thing

    return decorate
