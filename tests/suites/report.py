"""What a run of the suites has to say: a line for each as it ends, a table, and a record for the repository."""

from __future__ import annotations

import datetime
import pathlib
import platform

from .running import Bench, Judgement

SHOWN = 12  # differing tests named for one suite


def line(bench: Bench, one: Judgement) -> str:
    """One suite, as soon as it is judged."""
    state = "DIFFERS" if one.failed else "proves nothing" if one.proves_nothing else "same"
    tests, units = len(one.outcomes), f"{one.units_run} of {one.units} units ran"
    return f"{bench.version} {one.suite}, {one.how}: {state}, {tests} tests, {units}"


def table(bench: Bench, found: list[Judgement], missing: list[str]) -> str:
    """The table of one interpreter as Markdown, and below it what differs; `missing` are suites that it came without."""
    out = [
        "| suite | how | tests | passed | failed | skipped | deferred modules | units | units run | differ | explained | unstable |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        numbers = [
            len(one.outcomes),
            one.count("passed"),
            one.count("failed") + one.count("error"),
            one.count("skipped"),
            one.modules,
            one.units,
            one.units_run,
            len(one.differing),
            len(one.explained),
            len(one.unstable),
        ]
        out.append(f"| {one.suite} | {one.how} | " + " | ".join(map(str, numbers)) + " |")
    same = sum(not one.failed and not one.proves_nothing for one in found)
    out += ["", f"CPython {bench.full_version}: {same} of {len(found)} suites the same, explained differences apart."]
    idle = [f"`{one.suite}`" for one in found if one.proves_nothing]
    if idle:
        out += ["", f"No unit ran deferred, so that these prove nothing: {', '.join(idle)}."]
    if missing:
        out += ["", f"This interpreter came without {', '.join(f'`{suite}`' for suite in missing)}."]
    out.append("")
    for one in found:
        if one.failed or one.explained:
            out += details(one)
    return "\n".join(out)


def details(one: Judgement) -> list[str]:
    """What differs in one suite."""
    deferred = ", ".join(f"`{pattern}`" for pattern in one.patterns)
    out = [f"- `{one.suite}`, {one.how}" + (f" (deferred: {deferred})" if one.how == "deferred" else "")]
    if one.ending:
        out.append(f"  - {one.ending}")
    for why in dict.fromkeys(one.explained.values()):
        out.append(f"  - explained, {list(one.explained.values()).count(why)} tests: {why}")
    for name, (plain, other) in list(one.differing.items())[:SHOWN]:
        out.append(f"  - `{name}`: {plain} plainly, {other} {one.how}")
    if len(one.differing) > SHOWN:
        out.append(f"  - and {len(one.differing) - SHOWN} more")
    return out


def write_record(bench: Bench, found: list[Judgement], missing: list[str], folder: pathlib.Path) -> pathlib.Path:
    """Write ``suites-VERSION.md`` or ``suites-machinery-VERSION.md`` below `folder`; returns its path."""
    path = folder / f"suites-{'machinery-' if bench.enabled else ''}{bench.version}.md"
    title = "CPython's tests of the machinery of imports" if bench.enabled else "Other people's tests"
    day = f"{datetime.date.today().isoformat()}, {platform.machine()}."
    path.write_text(f"# {title}, CPython {bench.full_version}\n\n{day}\n\n{table(bench, found, missing)}\n")
    return path
