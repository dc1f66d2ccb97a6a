"""What a run has to say: a table a version, each mismatch in words, JSON, and a record for the repository.

The numbers of a group: *modules* compared, of which *deferred* really went through atimport (start-up or atimport's
own imports may have kept a module out, and such a module proves nothing), *pinned* to be eager because it breaks the promise
(`expected.toml`), *units* that they were split into, names
*pending* right after the import, and modules with *mismatches*.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import pathlib
import platform

from atimport.verification.compare import Mismatch, Verdict
from atimport.verification.wording import difference, short

from .expectations import Expectation
from .interpreters import Interpreter

SHOWN = 6  # mismatches printed for one module; the JSON report has them all


@dataclasses.dataclass
class Run:
    """Everything about one interpreter's run; `seconds` is wall-clock time."""

    interpreter: Interpreter
    site: pathlib.Path  # where the packages are installed
    verdicts: list[Verdict]
    unexpected: dict[str, list[Mismatch]]  # module -> what no entry of expected.toml covers
    outdated: list[Expectation]
    unfounded: list[Expectation]  # pins without the diagnostic that they name
    pins: frozenset[str]
    seconds: float
    seed: int
    orders: int
    sampled: bool

    @property
    def failed(self) -> bool:
        return bool(self.unexpected or self.outdated or self.unfounded)


@dataclasses.dataclass
class Row:
    """The numbers of one group."""

    modules: int = 0
    left_out: int = 0
    deferred: int = 0
    pinned: int = 0
    units: int = 0
    units_run: int = 0
    pending: int = 0
    mismatched: int = 0
    expected: int = 0
    watched: int = 0


def rows(run: Run) -> dict[str, Row]:
    """One `Row` a group, and their sum under "all"."""
    table: dict[str, Row] = collections.defaultdict(Row)
    for verdict in run.verdicts:
        for row in (table[verdict.target.group], table["all"]):
            if verdict.state != "compared":
                row.left_out += 1
                continue
            row.modules += 1
            row.deferred += verdict.deferred
            row.pinned += verdict.target.module in run.pins
            row.units += verdict.units
            row.units_run += verdict.units_run
            row.pending += verdict.pending
            row.mismatched += bool(verdict.mismatches)
            row.expected += bool(verdict.mismatches) and verdict.target.module not in run.unexpected
            row.watched += bool(verdict.watched)
    table["all"] = table.pop("all", Row())
    return dict(table)


def table(run: Run) -> str:
    """The table of one interpreter, as Markdown that also reads well in a terminal."""
    heads = [
        "group",
        "modules",
        "deferred",
        "pinned",
        "units",
        "pending",
        "mismatches",
        "explained",
        "watched",
        "left out",
    ]
    body = [
        [
            group,
            row.modules,
            row.deferred,
            row.pinned,
            row.units,
            row.pending,
            row.mismatched,
            row.expected,
            row.watched,
            row.left_out,
        ]
        for group, row in rows(run).items()
    ]
    cells = [heads, *([str(cell) for cell in line] for line in body)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    pieces = []
    for first, *rest in cells:
        aligned = [first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))]
        pieces.append("| " + " | ".join(aligned) + " |")
    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([pieces[0], rule, *pieces[1:]])


def mismatches(verdict: Verdict, found: list[Mismatch]) -> str:
    """One module's mismatches in words, each key once, with the seed that shows it."""
    by_key: dict[str, list[Mismatch]] = collections.defaultdict(list)
    for one in found:
        by_key[one.key].append(one)
    out = [f"{verdict.target.module}: {len(by_key)} mismatches"]
    for key, ones in list(by_key.items())[:SHOWN]:
        before, after = difference(str(ones[0].eager), str(ones[0].deferred))
        seeds = ", ".join(str(one.seed) for one in ones)
        out += [f"  {key}  (seeds {seeds})", f"    eager:    {before}", f"    deferred: {after}"]
    if len(by_key) > SHOWN:
        out.append(f"  … and {len(by_key) - SHOWN} more")
    for seed, order in list(verdict.orders.items())[:1]:
        out.append(f"  touched with seed {seed}: {short(' '.join(order.touches)) or 'nothing'}")
    out += [f"  diagnostic: {line}" for line in verdict.diagnostics] or ["  no diagnostic"]
    return "\n".join(out)


def conclusion(run: Run) -> str:
    """What fails the run, or that nothing does."""
    out = []
    for verdict in run.verdicts:
        if verdict.target.module in run.unexpected:
            out.append(mismatches(verdict, run.unexpected[verdict.target.module]))
    for one in run.outdated:
        out.append(
            f"expected.toml lists {one.module} ({one.code or one.deviation}: {one.why}), which no longer differs: remove the entry"
        )
    for one in run.unfounded:
        out.append(f"expected.toml pins {one.module} for {one.code or one.deviation}, which is not there: {one.why}")
    return "\n\n".join(out) or "every module agrees with its eager import, or is listed with its reason"


def as_json(runs: list[Run]) -> str:
    """The full report: every verdict with every mismatch and touch order."""
    return json.dumps(
        [
            {
                "python": run.interpreter.full_version,
                "seconds": round(run.seconds, 1),
                "seed": run.seed,
                "orders": run.orders,
                "groups": {group: dataclasses.asdict(row) for group, row in rows(run).items()},
                "modules": [dataclasses.asdict(verdict) for verdict in run.verdicts],
                "outdated": [dataclasses.asdict(one) for one in run.outdated],
                "unfounded": [dataclasses.asdict(one) for one in run.unfounded],
            }
            for run in runs
        ],
        indent=1,
    )


def record(run: Run) -> str:
    """The page for ``tests/record``: date, versions, counts, explained mismatches, and the noise of the baseline."""
    out = [
        f"# Eager against deferred, CPython {run.interpreter.full_version}",
        "",
        f"{datetime.date.today().isoformat()}, {platform.machine()}, {run.orders} touch orders from seed {run.seed}, "
        f"{run.seconds:.0f} s.",
        "",
        table(run),
        "",
        "## Mismatches",
        "",
    ]
    for verdict in run.verdicts:
        if verdict.mismatches:
            keys = list(dict.fromkeys(one.key for one in verdict.mismatches))
            out.append(f"- `{verdict.target.module}`: {', '.join(f'`{key}`' for key in keys[:SHOWN])}")
            out += [f"  - {line}" for line in verdict.diagnostics] or ["  - no diagnostic"]
    if out[-1] == "":
        out += ["None.", ""]
    out += ["", "## Noise", "", "Differs between two eager imports, and is therefore not compared.", ""]
    out += [
        f"- `{verdict.target.module}`: {', '.join(f'`{key}`' for key in verdict.noise)}"
        for verdict in run.verdicts
        if verdict.noise
    ] or ["None."]
    out += ["", "## Left out", "", "Does not import eagerly on this machine.", ""]
    out += [
        f"- `{verdict.target.module}`: {verdict.reason.splitlines()[0][:160]}"
        for verdict in run.verdicts
        if verdict.state != "compared"
    ] or ["None."]
    text = "\n".join(out).replace(f"{run.interpreter.stdlib}/", "")
    return text.replace(f"{run.site}/", "") + "\n"  # a record names no machine


def write_record(run: Run, folder: pathlib.Path) -> pathlib.Path:
    """Write the record of one version below `folder`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"differential-{run.interpreter.version}.md"
    path.write_text(record(run))
    return path
