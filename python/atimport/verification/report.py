"""
What `verify` has to say: to people, as lines of text, and to programs, as JSON.

A finding is told in this order: the mismatches, the touches that show them, the statements that run, the diagnostics
that name them, and the command that shows it again.
"""

from __future__ import annotations

import dataclasses
import platform
import shlex
from collections.abc import Iterator
from typing import Any

from .findings import Finding
from .verify import Examined, Result
from .wording import difference

SHOWN = 6  # mismatches, names, diagnostics printed for one finding; the JSON has them all
SPANS = 8  # statements printed for one name: the last ones, after what they need


def text(result: Result) -> str:
    """Return the whole report."""
    parts = ["\n".join(module(result, one)) for one in result.examined if one.findings]
    if result.left_out:
        parts.append(
            "\n".join(["left out:", *(f"  {name}: {first_line(why)}" for name, why in result.left_out.items())])
        )
    parts.append("\n".join([*saved(result), conclusion(result)]))
    return "\n\n".join(parts)


def module(result: Result, examined: Examined) -> Iterator[str]:
    """Tell of one module that differs."""
    name = examined.verdict.target.module
    count = sum(len(finding.mismatches) for finding in examined.findings)
    by = "all named by a diagnostic of the module" if examined.named else "not all named by a diagnostic"
    yield f"{name}: {counted(count, 'mismatch')}, {by}"
    for finding in examined.findings:
        yield from told(result, name, finding)


def told(result: Result, name: str, finding: Finding) -> Iterator[str]:
    """Tell of one finding."""
    for one in finding.mismatches[:SHOWN]:
        before, after = difference(one.eager, one.deferred)
        yield f"  {one.key}"
        yield f"      eager:    {before}"
        yield f"      deferred: {after}"
    yield from more(len(finding.mismatches), "  ")
    if finding.touches is None:
        yield f"  when touched in the order of seed {finding.seed}"
    elif finding.touches:
        yield f"  when touched first: {', '.join(relative(touch, name) for touch in finding.touches)}"
    else:
        yield "  when touched in the order of the source"
    for place, spans in list(finding.lines.items())[:SHOWN]:
        shown = ", ".join(map(span, spans[-SPANS:]))
        before = f"{len(spans)} statements, the last of them " if len(spans) > SPANS else ""
        yield f"  touching {relative(place, name)} runs {before}lines {shown}"
    yield from more(len(finding.lines), "  ")
    for named in finding.named_by[:SHOWN]:
        where = files(result).get(named.module, named.module)
        yield f"  {where}:{named.note.line}: {named.note.code} {named.note.message}"
        if named.note.advice:
            yield f"      = {named.note.advice}"
    yield from more(len(finding.named_by), "  ")
    if not finding.named_by:
        yield "  no diagnostic names it: a deviation that the specification lists, or a fault in atimport"
    yield f"  again: {command(result, name, finding)}"


def command(result: Result, name: str, finding: Finding) -> str:
    """Return the command line that shows a finding again."""
    words = ["atimport", "verify", next(one.words for one in result.found if name in one.modules), "--module", name]
    if finding.touches is None:
        words += ["--seed", str(finding.seed), "--orders", "1", "--route", str(finding.route)]
    else:
        words += ["--touch", ",".join(relative(touch, name) for touch in finding.touches)]
        words += ["--route", str(finding.route)] if finding.route else []
    if result.options.timeout != type(result.options)().timeout:
        words += ["--timeout", str(result.options.timeout)]
    return shlex.join(words)


def saved(result: Result) -> Iterator[str]:
    """Say what the import costs, eager and deferred."""
    found = result.savings
    if found is not None:
        yield (
            f"import of {', '.join(result.measured)}: {found.eager * 1e3:.1f} → {found.deferred * 1e3:.1f} ms "
            f"({found.deferred / found.eager:.2f}), peak memory {found.eager_peak / 1e6:.1f} → "
            f"{found.deferred_peak / 1e6:.1f} MB (eager → deferred, medians of {found.rounds} processes each)"
        )
    elif result.options.rounds and result.options.touches is None:
        yield f"import not measured: {result.not_measured}"


def conclusion(result: Result) -> str:
    """Say in two lines what was compared, and how it came out."""
    examined = result.examined
    verdicts = [one.verdict for one in examined]
    differ = sum(bool(one.findings) for one in examined)
    if result.options.touches is not None:
        orders = "in the order given"
    else:
        orders = f"in {counted(result.options.orders, 'order')} from seed {result.options.seed}"
    return (
        f"CPython {platform.python_version()}: {counted(len(examined), 'module')} compared {orders}, "
        f"{sum(one.deferred for one in verdicts)} of them deferred in "
        f"{counted(sum(one.units for one in verdicts), 'unit')}; "
        f"{len(result.left_out)} left out; {result.seconds:.0f} s\n"
        + (f"{counted(differ, 'module')} of them {'differs' if differ == 1 else 'differ'}" if differ else "all agree")
    )


def as_json(result: Result) -> dict[str, Any]:
    """Return the report as what `json.dumps` takes."""
    known = files(result)
    return {
        "python": platform.python_version(),
        "targets": [one.words for one in result.found],
        "seed": result.options.seed,
        "orders": result.options.orders,
        "status": result.status,
        "seconds": round(result.seconds, 1),
        "measured": result.measured,
        "savings": dataclasses.asdict(result.savings) if result.savings else None,
        "left_out": result.left_out,
        "modules": [
            {
                "module": name,
                "path": known[name],
                "deferred": one.verdict.deferred,
                "units": one.verdict.units,
                "pending_after_import": one.verdict.pending,
                "noise": one.verdict.noise,
                "watched": [dataclasses.asdict(mismatch) for mismatch in one.verdict.watched],
                "named": one.named,
                "findings": [finding_as_json(result, name, finding) for finding in one.findings],
            }
            for one in result.examined
            for name in (one.verdict.target.module,)
        ],
    }


def finding_as_json(result: Result, name: str, finding: Finding) -> dict[str, Any]:
    """Return one finding as what `json.dumps` takes."""
    known = files(result)
    return {
        "mismatches": [
            {"key": one.key, "name": one.name or None, "eager": one.eager, "deferred": one.deferred}
            for one in finding.mismatches
        ],
        "touches": finding.touches,
        "seed": finding.seed,
        "route": finding.route,
        "lines": finding.lines,
        "diagnostics": [
            {"module": named.module, "path": known.get(named.module), **dataclasses.asdict(named.note)}
            for named in finding.named_by
        ],
        "command": command(result, name, finding),
    }


def files(result: Result) -> dict[str, str]:
    """Return the file of every module."""
    return {name: str(path) for one in result.found for name, path in one.modules.items()}


def relative(place: str, name: str) -> str:
    """Write "module:name" as the command line takes it: without the module when it is `name`."""
    return place.removeprefix(f"{name}:")


def span(lines: tuple[int, int]) -> str:
    """Write the lines of a statement."""
    first, last = lines
    return str(first) if first == last else f"{first}-{last}"


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts."""
    return f"{number} {noun if number == 1 else noun + ('es' if noun.endswith('ch') else 's')}"


def more(number: int, indent: str) -> Iterator[str]:
    """Say how many are not shown, if any."""
    if number > SHOWN:
        yield f"{indent}… and {number - SHOWN} more"


def first_line(words: str) -> str:
    """Return the first line, without which a reason makes no sense."""
    return words.strip().partition("\n")[0]
