"""The record of a whole run, kept in the repository.

Separate because it is all that knows what the page looks like: faults of one call that came to the same are one row.
"""

from __future__ import annotations

import datetime
import re

from .judging import Fault, Found

ERRORS = {"ENOSPC", "EROFS", "EACCES", "EIO", "ENOENT", "EMFILE"}
PAGE = """# Faults

What an import comes to when a system call of it fails. Made by `make faults` on {date}, on CPython {versions}.

A call is numbered among those on the module's files; "then on" means that all later ones on them fail, too. *deferred* and
*eager*: the import succeeds, and each statement has run once. *plain*: it raises what plain Python raises for the same
fault. *changed*: it says that the source changed meanwhile, because a hook must not get lost unseen. After every fault the
import was repeated without one, and came right. Where a call is not on every interpreter, or comes to something else there,
the row names those that it is about. *Every error*: ENOSPC, EROFS, EACCES, EIO, ENOENT, EMFILE, and EINTR; with the last
on every call to come, an import may well try for ever, as plain Python's does.

| scenario | {heads} |
|---|{lines}|
{totals}

Numbers are faults tried that happened; wrong ones: {wrong}.
{tables}"""


def page(found: dict[str, list[Found]]) -> str:
    """The page, of what was found for each version."""
    versions = list(found)
    scenarios = list(zip(*found.values(), strict=True))
    totals = [
        f"| {ones[0].scenario.name} | "
        + " | ".join(str(sum(fault.happened for fault in one.faults)) for one in ones)
        + " |"
        for ones in scenarios
    ]
    return PAGE.format(
        date=datetime.date.today().isoformat(),
        versions=", ".join(versions),
        heads=" | ".join(version.rpartition(".")[0] for version in versions),
        lines="|".join(["--:"] * len(versions)),
        totals="\n".join(totals),
        wrong=sum(len(one.wrong) for ones in found.values() for one in ones),
        tables="".join(table(dict(zip(versions, ones, strict=True))) for ones in scenarios),
    )


def table(of_versions: dict[str, Found]) -> str:
    """The table of one scenario."""
    rows: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for version, found in of_versions.items():
        counted: dict[str, int] = {}
        place: dict[int, str] = {}
        for fault in found.faults:
            if fault.position not in place:
                counted[fault.call] = counted.get(fault.call, 0) + 1
                place[fault.position] = f"{fault.call} {counted[fault.call]}"
            if fault.happened:
                when = "then on" if fault.onwards else "once"
                row = rows.setdefault((place[fault.position], when, outcome(fault)), {})
                row.setdefault(version.rpartition(".")[0], []).append(fault.way)
    name = next(iter(of_versions.values())).scenario.name
    out = [f"\n## {name[0].upper()}{name[1:]}\n", "| call | fails | how | outcome |", "|---|---|---|---|"]
    for (call, when, came), versions in sorted(rows.items(), key=lambda item: order(item[0][0], list(rows))):
        ways: dict[str, list[str]] = {}
        for version, those in versions.items():
            ways.setdefault(", ".join(short(those)), []).append(version)
        for those, versions_of in ways.items():
            where = "" if len(versions_of) == len(of_versions) else f" ({', '.join(versions_of)})"
            out.append(f"| {call}{where} | {when} | {those} | {came} |")
    return "\n".join(out) + "\n"


def short(ways: list[str]) -> list[str]:
    """The ways in which a call failed, with one word for all errors."""
    if not set(ways) >= ERRORS:
        return ways
    every = "every error" if "EINTR" in ways else "every error but EINTR"
    return [way for way in ways if way not in ERRORS | {"EINTR"}] + [every]


def order(call: str, rows: list[tuple[str, str, str]]) -> int:
    """The place of a call: that of its first row."""
    return next(position for position, row in enumerate(rows) if row[0] == call)


def outcome(fault: Fault) -> str:
    """The outcome in a word."""
    if fault.succeeded:
        return fault.outcome
    if fault.outcome.startswith("ImportError: the source of m changed"):
        return "changed"
    kind = re.match(r"\w+", fault.outcome)
    return f"plain: `{kind[0] if kind else fault.outcome}`"
