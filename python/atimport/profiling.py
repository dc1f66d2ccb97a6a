"""
Where the time of imports goes, recorded natively: by module, by touched name, and as a trace.

Question: "what is this program waiting for while it starts, and which name was it that made it wait?" `start` begins to
record, `atimport.stats` adds up what was recorded, and `trace` gives it to a viewer (Perfetto, ``chrome://tracing``).
Times are those of what atimport does itself: what importlib does around it, and built-in and extension modules, aren't
in them. While nothing is recorded nothing is measured.

>>> start()
>>> stop()
>>> atimport.stats().modules
()
"""

from __future__ import annotations

import atimport
from atimport import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["start", "stop", "table", "trace"]


def start() -> None:
    """Record from now on; what was recorded before is forgotten."""
    _native.record(True)


def stop() -> None:
    """Record no more; what was recorded stays."""
    _native.record(False)


def trace() -> dict[str, object]:
    """Give what was recorded as a Chrome trace, ready for ``json.dump`` ("Trace Event Format", complete events)."""
    import os

    process = os.getpid()
    events = []
    for what, module, name, begin, duration, own, size, thread in _native.spans():
        shown = f"{module}.{name}" if name is not None else module
        arguments = {"own, µs": round(own, 3)} | ({"bytes": size} if size else {})
        place = {"ph": "X", "ts": round(begin, 3), "dur": round(duration, 3), "pid": process, "tid": thread}
        events.append({"name": f"{what} {shown}", "cat": what, **place, "args": arguments})
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def table(*, limit: int | None = None) -> str:
    """
    Lay `atimport.stats` out as two tables, the most expensive lines first, in microseconds and bytes.

    limit: lines of each table; None for all. The sum stands below the modules.
    """
    stats = atimport.stats()
    columns = ("total", "find", "read", "unmarshal", "split", "execute", "touched")
    lines = [[*columns, "bytes", "", "module"]]
    sums = [sum(getattr(cost, column) for cost in stats.modules) for column in columns]
    for cost in stats.modules[:limit]:
        figures = [f"{getattr(cost, column):,.0f}" for column in columns]
        lines.append([*figures, f"{cost.bytes:,}", "deferred" if cost.deferred else "", cost.module])
    size = sum(cost.bytes for cost in stats.modules)
    lines.append([*(f"{value:,.0f}" for value in sums), f"{size:,}", "", f"{len(stats.modules)} modules"])
    text = "own microseconds of each module:\n" + _laid_out(lines, right=len(columns) + 1)
    if stats.names:
        names = [["µs", "own", "touched name"]]
        names += [
            [f"{one.microseconds:,.0f}", f"{one.own:,.0f}", f"{one.module}.{one.name}"] for one in stats.names[:limit]
        ]
        text += "\nmicroseconds of each touched name, with all that it needed:\n" + _laid_out(names, right=2)
    return text


def _laid_out(rows: Sequence[Sequence[str]], *, right: int) -> str:
    """Put cells under each other; the first `right` columns are figures."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    text = ""
    for row in rows:
        cells = [
            cell.rjust(width) if position < right else cell.ljust(width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        text += "  ".join(cells).rstrip() + "\n"
    return text
