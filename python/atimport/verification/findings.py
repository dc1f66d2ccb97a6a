"""
A mismatch in words that an author can use: what to touch to see it, which statements run then, what names them.

Terms: a *finding* is some mismatches of one module that one touch order shows; its *statements* are those that run for
the names that are touched first and for the names that differ, as `atimport.explain` has it; a diagnostic *names* the
finding when its statement is one of these.

Where two lists of names differ (`dir`, the order of the module's dict), the names are those that one side lacks, or
else the first two that have changed places; that alone is never named, because no diagnostic speaks of order. A
mismatch without any name (output, effects, an import that raises) may come from any statement: every diagnostic of the
module names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .compare import Mismatch, Order, Verdict
from .judging import Trial
from .processes import Note
from .shrinking import Shrinking
from .targets import Target

#: Touch orders of one module that are looked for; what they don't show is reported with its seed.
MOST = 4
#: Aspects of a module that are lists of names.
LISTS = ("names", "order", "dir", "star import")


@dataclasses.dataclass(frozen=True)
class Named:
    """A diagnostic and the module that it is about."""

    module: str
    note: Note


@dataclasses.dataclass
class Finding:
    """Mismatches that one order shows: touches in that order, or the order of a seed when there are no fewer."""

    mismatches: list[Mismatch]
    touches: list[str] | None  # "module:name" each
    seed: int
    route: int
    lines: dict[str, list[tuple[int, int]]] = dataclasses.field(default_factory=dict)  # "module:name" -> statements
    named_by: list[Named] = dataclasses.field(default_factory=list)


def findings(trial: Trial, verdict: Verdict, *, touches: list[str] | None) -> list[Finding]:
    """Return the mismatches of a verdict, each key once; `touches` when they were given, else the fewest are found."""
    left = list({one.key: one for one in reversed(verdict.mismatches)}.values())[::-1]
    found: list[Finding] = []
    if touches is None:
        shrinking = Shrinking(trial)
        for wanted in list(left):
            if wanted in left and len(found) < MOST:
                smallest = shrinking.smallest(wanted, verdict.orders.get(wanted.seed, Order([], 0)))
                if smallest is not None:
                    shown = {one.key: one for one in smallest.shown}
                    group = [shown[one.key] for one in left if one.key in shown]
                    found.append(Finding(group, smallest.touches, wanted.seed, smallest.route))
                    left = [one for one in left if one.key not in shown]
    by_order: dict[tuple[int, int], list[Mismatch]] = {}
    for one in left:
        by_order.setdefault((one.seed, one.route), []).append(one)
    found += [Finding(group, touches, seed, route) for (seed, route), group in by_order.items()]
    for finding in found:
        explain(trial, finding)
    return found


def explain(trial: Trial, finding: Finding) -> None:
    """Add the statements that run, and the diagnostics that name them."""
    of_mismatches = [places(one) for one in finding.mismatches]
    wanted: dict[str, list[str]] = {}
    for place in dict.fromkeys([*(finding.touches or ()), *(place for found in of_mismatches for place in found)]):
        module, _, name = place.partition(":")
        wanted.setdefault(module, []).append(name)
    only_order = all(one.aspect == "order" for one in finding.mismatches)
    whole = set() if all(of_mismatches) else {trial.target.module}
    for module in dict.fromkeys([*wanted, *sorted(whole)]):
        explained = trial.worker.explain(Target(trial.target.group, module), wanted.get(module, ()))
        finding.lines |= {f"{module}:{name}": spans for name, spans in explained.lines.items() if spans}
        statements = [span for spans in explained.lines.values() for span in spans]
        finding.named_by += [
            Named(module, note)
            for note in explained.diagnostics
            if module in whole or (not only_order and overlaps((note.line, note.end_line), statements))
        ]


def places(mismatch: Mismatch) -> list[str]:
    """Return the names that differ, "module:name" each; none when the module as a whole does."""
    if mismatch.name:
        return [mismatch.place]
    if mismatch.aspect not in LISTS:
        return []
    before, after = mismatch.eager.split(), mismatch.deferred.split()
    names = sorted(set(before) ^ set(after))
    if not names:
        names = next(([one, other] for one, other in zip(before, after, strict=False) if one != other), [])
    return [f"{mismatch.place}:{name}" for name in names]


def overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    """Whether lines `span`, first and last, share a line with one of the others."""
    return any(span[0] <= last and first <= span[1] for first, last in others)
