"""
The record of a whole run, kept in the repository.

Separate from the command because it is all that knows what the page looks like.
"""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Mapping

#: What one interpreter has done: a command → the lines that it wrote.
Results = Mapping[str, list[dict[str, object]]]

PAGE = """# Under load

Threads, memory, depth and size, on {versions}. Made by `make soak` on {date}; everything below ended without a hang, a
crash, and a statement that was lost or ran twice, which the statements count themselves.

## Staged interleavings

Every play of `tests/staged`, where each has its diagram; performances, and seconds for all of them.

| play | performances | {heads} |
|---|--:|{rules}
{plays}

## Random touches

Threads that touch modules at random in eleven ways (`tests/soak/stress.py`); one statement in thirty-five fails at first.
Then threads that create modules, touch their own and each other's, and destroy them (`tests/soak/churn.py`).

| CPython | threads | modules | rounds | touches | statements, each once | created and destroyed | statements, each once |
|---|--:|--:|--:|--:|--:|--:|--:|
{stress}

## Memory

Loads and unloads of one module, not touched, partly and fully resolved in turn; growth after the first tenth, in bytes.
*Alive* are states, keys and lazy importers that the collector still finds.

| CPython | cycles | resident | by tracemalloc | total references | alive |
|---|--:|--:|--:|--:|--:|
{memory}

## Depth and size

A chain of units, each of which needs the one before, and a module of as many statements as are still split (50,000), and of
twice as many, which run eagerly. Seconds, with an unoptimised build; memory is the peak of the process.

| CPython | chain: import, first time | touch of its end | statements | deferred | import, first time | import | touch of one | all | MB |
|---|--:|--:|--:|---|--:|--:|--:|--:|--:|
{depth}
"""


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"


def write(path: pathlib.Path, results: Mapping[str, Results]) -> None:
    """Write the page at `path`; `results` by version."""
    plays = {}
    for found in results.values():
        for play in found["staged"]:
            plays.setdefault(play["name"], [play["performances"]]).append(play["seconds"])
    stress, memory, depth = [], [], []
    for version, found in results.items():
        (touched,), (created,), (cycled,) = found["stress"], found["churn"], found["memory"]
        cells = [touched[name] for name in ("threads", "modules", "rounds", "touches", "statements")]
        stress.append(_row(version, *cells, created["created"], created["statements"]))
        references = "no debug build" if cycled["references"] is None else cycled["references"]
        memory.append(_row(version, cycled["cycles"], cycled["resident"], cycled["traced"], references, cycled["kept"]))
        for sized in found["depth"]:
            cells = [
                sized["chain_import"],
                sized["chain_touch"],
                sized["statements"],
                "yes" if sized["deferred"] else "no",
            ]
            cells += [
                sized[name] for name in ("first_import", "second_import", "one_touch", "all_touches", "megabytes")
            ]
            depth.append(_row(version, *cells))
    page = PAGE.format(
        versions="CPython " + ", ".join(results),
        date=datetime.date.today().isoformat(),
        heads=" | ".join(results),
        rules="--:|" * len(results),
        plays="\n".join(_row(f"`{name}`", *cells) for name, cells in sorted(plays.items())),
        stress="\n".join(stress),
        memory="\n".join(memory),
        depth="\n".join(depth),
    )
    path.write_text(page, encoding="utf-8")
