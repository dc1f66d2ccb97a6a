"""
A gate for continuous integration: does the import of a module stay within its limits?

Question: "has somebody made our import slower since?" The import is measured as `atimport demo` does it
(`atimport.measurement`): eagerly and deferred, in fresh processes that alternate, medians of several. The limits are
about the deferred import: the modules that it imports, its milliseconds, and its share of the eager time. A module that
nobody defers has nearly the same figures twice, so its limits can be held in the same way.

>>> limits = Limits(modules=10, milliseconds=None, ratio=None)
>>> [excess.limit for excess in limits.exceeded(Figures(modules=["a"] * 12, milliseconds=5.0, ratio=0.5))]
['modules']
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from atimport.measurement import Savings, Task, savings

__all__ = ["Excess", "Figures", "Gate", "Limits", "measure"]

#: Lines of the table of slow imports, and module names in one list.
SLOWEST, SHOWN = 10, 40


@dataclass(frozen=True, kw_only=True)
class Figures:
    """An import: the names of the modules that it imports, its milliseconds, and its share of the eager time."""

    modules: Sequence[str]
    milliseconds: float
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Excess:
    """A limit that is exceeded: "modules", "milliseconds" or "ratio"; what it allows and what was found."""

    limit: str
    allowed: float
    found: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that an import may need; None: no limit."""

    modules: int | None
    milliseconds: float | None
    ratio: float | None

    def exceeded(self, figures: Figures) -> list[Excess]:
        """Return what `figures` exceed."""
        found = {
            "modules": (self.modules, len(figures.modules)),
            "milliseconds": (self.milliseconds, figures.milliseconds),
            "ratio": (self.ratio, figures.ratio),
        }
        return [
            Excess(limit=name, allowed=allowed, found=value)
            for name, (allowed, value) in found.items()
            if allowed is not None and value > allowed
        ]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """
    What was measured of `module`, and what came of it.

    `slowest`: own seconds by module, in a deferred process, the slowest first; built-in and extension modules aren't in
    it. `former`: the modules that an earlier report had, to tell which ones are new.
    """

    module: str
    saved: Savings
    figures: Figures
    slowest: Sequence[tuple[str, float]]
    limits: Limits
    exceeded: Sequence[Excess]
    former: Sequence[str] | None

    @property
    def new(self) -> list[str]:
        """Modules that the earlier report had not."""
        return sorted(set(self.figures.modules) - set(self.former or ()))

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs; also what ``--baseline`` reads."""
        return {
            "module": self.module,
            "python": platform.python_version(),
            "rounds": self.saved.rounds,
            "modules": list(self.figures.modules),
            "eager_modules": list(self.saved.last_eager.imported),
            "milliseconds": self.figures.milliseconds,
            "eager_milliseconds": self.saved.eager * 1e3,
            "ratio": self.figures.ratio,
            "slowest": [{"module": name, "milliseconds": seconds * 1e3} for name, seconds in self.slowest],
            "new": self.new if self.former is not None else None,
            "exceeded": [vars(one) for one in self.exceeded],
        }

    def text(self) -> str:
        """Return the report for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        saved, figures = self.saved, self.figures
        yield (
            f"import of {self.module}: {platform.python_implementation()} {platform.python_version()}, "
            f"medians of {saved.rounds} fresh processes each; eager → deferred"
        )
        units = f", {saved.last.units_run} of {saved.last.units} units run" if saved.last.units else ""
        yield (
            f"modules imported: {len(saved.last_eager.imported)} → {len(figures.modules)} "
            f"({saved.last.modules} deferred{units})"
        )
        yield f"milliseconds: {saved.eager * 1e3:.2f} → {figures.milliseconds:.2f}, ratio {figures.ratio:.2f}"
        yield f"not in the times: importing and installing atimport, {saved.install * 1e3:.2f} ms once"
        yield from self._slow(SLOWEST)
        for one in self.exceeded:
            yield ""
            yield from self._told(one)

    def _slow(self, count: int) -> Iterator[str]:
        if self.slowest:
            yield "slowest imports, own milliseconds (built-in and extension modules are not in them):"
        for name, seconds in self.slowest[:count]:
            yield f"  {seconds * 1e3:8.2f}  {name}"

    def _told(self, one: Excess) -> Iterator[str]:
        if one.limit == "modules":
            more = one.found - one.allowed
            yield f"EXCEEDED: {one.found:.0f} modules, {more:.0f} more than --max-modules {one.allowed:.0f}"
            if self.former is not None:
                yield f"  new since the baseline: {listed(self.new)}"
            else:
                yield f"  imported: {listed(self.figures.modules)}"
        elif one.limit == "milliseconds":
            yield f"EXCEEDED: {one.found:.2f} ms, {one.found - one.allowed:.2f} more than --max-ms {one.allowed:g}"
            yield "  the slowest imports stand above"
        else:
            more = one.found - one.allowed
            yield f"EXCEEDED: ratio {one.found:.2f}, {more:.2f} more than --max-ratio {one.allowed:g}"
            yield "  the slowest imports stand above; `atimport explain` says what of one runs at import, and why"


def listed(names: Sequence[str]) -> str:
    """Join names, as far as they can be read."""
    left = len(names) - SHOWN
    return (", ".join(names[:SHOWN]) or "none") + (f" and {left} more (--json has all)" if left > 0 else "")


def measure(
    module: str, *, assume: Sequence[str], rounds: int, limits: Limits, former: Sequence[str] | None = None
) -> Gate:
    """
    Measure the import of `module`, with what the patterns `assume` match opted in by assumption.

    Raises atimport.measurement.MeasurementError, with the process's words, when it can't be imported.
    """
    saved = savings(Task(modules=[module], assume=assume), rounds=rounds)
    costs = Task(modules=[module], assume=assume, record=True).measure("deferred").costs
    # atimport has imported some modules itself; those that the module needs too are the module's
    shared = set(saved.last.preloaded) & set(saved.last_eager.imported)
    figures = Figures(
        modules=sorted(shared | set(saved.last.imported)),
        milliseconds=saved.deferred * 1e3,
        ratio=saved.deferred / saved.eager,
    )
    slowest = sorted(((name, seconds) for name, seconds in costs), key=lambda one: -one[1])
    return Gate(
        module=module,
        saved=saved,
        figures=figures,
        slowest=slowest,
        limits=limits,
        exceeded=limits.exceeded(figures),
        former=former,
    )
