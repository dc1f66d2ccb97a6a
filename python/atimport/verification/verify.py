"""
A whole package verified: which modules there are, how their processes are started, and what comes of each.

    found = find("package")
    result = verify(found, Options(), say=lambda examined: None)
    result.status           # 0: every module agrees; 1: some don't

Only what the words name is assumed deferred: everything else is imported as its own author declares, in both processes.
The processes see this one's `sys.path` and environment, without what steers Python or atimport, and work in an empty
folder.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable

from atimport.measurement import MeasurementError, Savings, Task, savings

from .compare import Verdict
from .findings import Finding, findings
from .judging import Trial, judge, shuffled, side_by_side
from .processes import How, Setting, Worker
from .targets import Found, Target


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What there is to choose; every field but the last two decides what is found."""

    seed: int = 0
    orders: int = 3
    route: int | None = None  # for all orders; None: in turn
    touches: list[str] | None = None  # "module:name" each: one order, this one
    timeout: int = 60  # seconds for one process
    rounds: int = 5  # processes per figure when measuring; 0: don't measure
    jobs: int = 2  # modules at a time

    def hows(self) -> list[How]:
        """The orders that every module is tried in."""
        if self.touches is not None:
            return [How(touches=self.touches, route=self.route or 0, settle=True)]
        hows = shuffled(self.seed, self.orders)
        return hows if self.route is None else [dataclasses.replace(how, route=self.route) for how in hows]


@dataclasses.dataclass
class Examined:
    """One module: the verdict, and its mismatches as findings."""

    verdict: Verdict
    findings: list[Finding]

    @property
    def named(self) -> bool:
        """Whether diagnostics of this module name every finding."""
        module = self.verdict.target.module
        return all(any(named.module == module for named in finding.named_by) for finding in self.findings)


@dataclasses.dataclass
class Result:
    """What came of everything that the words named."""

    found: list[Found]
    options: Options
    examined: list[Examined]
    left_out: dict[str, str]  # module -> reason
    measured: list[str]  # the modules whose import is measured: those that the words name, as far as they were compared
    savings: Savings | None
    not_measured: str  # why there are no savings
    seconds: float

    @property
    def status(self) -> int:
        """The exit status: 0 when every module agrees, 1 when one does not."""
        return int(any(one.findings for one in self.examined))


class CannotRunError(Exception):
    """Nothing can be verified; the message says what, where, and what to do about it."""


def verify(found: list[Found], options: Options, *, say: Callable[[Examined], None]) -> Result:
    """Verify all modules of `found`; `say` hears of each as it comes. Raises CannotRunError."""
    if not hasattr(os, "fork"):
        raise CannotRunError(f"verifying needs os.fork, which {sys.platform} does not have: run it on Linux or macOS")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="atimport-verify-") as scratch:
        setting = surroundings(found, options, pathlib.Path(scratch))

        def work(worker: Worker, target: Target) -> Examined:
            return examine(worker, target, options)

        targets = [Target(one.words, module) for one in found for module in one.modules]
        examined = side_by_side(setting, targets, work, jobs=options.jobs, say=say)
        left_out = {name: reason for one in found for name, reason in one.left_out.items()}
        left_out |= {one.verdict.target.module: one.verdict.reason for one in examined if one.verdict.reason}
        compared = [one for one in examined if not one.verdict.reason]
        if not compared:
            name, reason = next(iter(left_out.items()))
            raise CannotRunError(f"there is nothing to compare, no module imports eagerly; {name}: {reason}")
        names = [one.verdict.target.module for one in compared]
        measured = [top for one in found for top in one.tops if top in names] or names
        figures, not_measured = measure(measured, setting, options)
    return Result(found, options, compared, left_out, measured, figures, not_measured, time.monotonic() - started)


def examine(worker: Worker, target: Target, options: Options) -> Examined:
    """Judge one module, and look into what differs. Raises CannotRunError when a name to touch does not exist."""
    trial = Trial(worker, target, seed=options.seed)
    if trial.first.completed:
        known = {f"{module}:{name}" for module, names in trial.names.items() for name in names}
        known |= {key.partition("#")[0] for key in trial.first.entries}
        for touch in options.touches or ():
            if touch not in known:
                names = ", ".join(trial.names.get(target.module, [])) or "none"
                raise CannotRunError(f"--touch: {target.module} has no {touch!r}; its public names are: {names}")
    verdict = judge(trial, options.hows())
    return Examined(verdict, findings(trial, verdict, touches=options.touches))


def surroundings(found: list[Found], options: Options, scratch: pathlib.Path) -> Setting:
    """How the processes are started."""
    roots = [str(one.root) for one in found if one.root is not None]
    steering = ("PYTHON", "ATIMPORT", "EAGER_IMPORT")
    return Setting(
        python=sys.executable,
        path=tuple(dict.fromkeys([*roots, *(os.path.abspath(entry) for entry in sys.path)])),
        atimport=str(pathlib.Path(__file__).resolve().parents[2]),
        scratch=scratch,
        caches=scratch / "pycache",
        timeout=options.timeout,
        assume=tuple(f"{top}.*" for one in found for top in one.tops),
        environment={name: value for name, value in os.environ.items() if not name.startswith(steering)},
    )


def measure(modules: list[str], setting: Setting, options: Options) -> tuple[Savings | None, str]:
    """Measure the import of some modules: the savings, or why there are none."""
    if not modules or not options.rounds or options.touches is not None:
        return None, "not asked for" if modules else "nothing to import"
    environment = {"PYTHONPATH": os.pathsep.join(setting.path), "PYTHONPYCACHEPREFIX": str(setting.caches)}
    try:
        return savings(Task(modules=modules, assume=setting.assume, environment=environment), rounds=options.rounds), ""
    except MeasurementError as error:
        return None, str(error)
