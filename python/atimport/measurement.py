"""
What deferral buys: seconds and bytes of an import, measured in fresh processes.

Question: "how much faster and smaller does an import become?" Eager and deferred processes alternate, so that a change
of the machine's speed meets both; the figures are medians. In each process the clock runs around the import, and a use
of what was imported where there is one; memory is the process's peak.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Runs in the measured process; {use} stands on its own lines.
CHILD = """\
import contextlib, io, json, sys, time
mode, modules, assume, use = sys.argv[1:]
start = time.perf_counter()
if mode == "deferred":
    import atimport
    atimport.install()
    for pattern in json.loads(assume):
        atimport.overrides.assume_deferred(pattern, reason="atimport measures")
install = time.perf_counter() - start
use = compile(use, "<use>", "exec")
printed = io.StringIO()
start = time.perf_counter()
namespace = {name.partition(".")[0]: __import__(name) for name in json.loads(modules)}
with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
    exec(use, namespace)
seconds = time.perf_counter() - start
counts = atimport.counts().values() if mode == "deferred" else ()
try:
    # ru_maxrss is not used where it can be avoided: after exec it still holds the parent's peak
    status = open("/proc/self/status").read()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
except (OSError, IndexError):
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
json.dump({"seconds": seconds, "install": install, "peak": peak, "units": sum(c.units for c in counts),
           "units_run": sum(c.units_run for c in counts), "modules": len(counts)}, sys.stdout)
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    One measured process: `seconds` of wall time (and `install` seconds before it, for importing and installing
    atimport itself), `peak` resident bytes, the deferred modules and their units.
    """

    seconds: float
    install: float
    peak: int
    units: int
    units_run: int
    modules: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    What a measured process does: import `modules`, with what the patterns `assume` match opted in by assumption, then
    run the statements `use`. `environment` goes on top of this process's own.
    """

    modules: Sequence[str]
    assume: Sequence[str] = ()
    use: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def measure(self, mode: str) -> Sample:
        """Run one fresh process in `mode` ("eager" or "deferred"); MeasurementError when it fails."""
        words = [mode, json.dumps(self.modules), json.dumps(self.assume), self.use]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= self.environment
        command = [sys.executable, "-c", CHILD, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MeasurementError(f"{mode} import of {', '.join(self.modules)} failed:\n{done.stderr}")
        sample: dict[str, float] = json.loads(done.stdout)
        return Sample(**sample)  # type: ignore[arg-type]  # each of its own type


class MeasurementError(Exception):
    """A measured process failed; the message has its words."""


@dataclass(frozen=True, kw_only=True)
class Savings:
    """
    Medians of `rounds` processes each: `eager` and `deferred` seconds, their peaks in bytes, and the seconds that
    importing and installing atimport took; `last` is the last deferred process.
    """

    rounds: int
    eager: float
    deferred: float
    eager_peak: float
    deferred_peak: float
    install: float
    last: Sample


def savings(task: Task, *, rounds: int) -> Savings:
    """Measure `task` eagerly and deferred, alternating, `rounds` times each; MeasurementError when a process fails."""
    samples: dict[str, list[Sample]] = {"eager": [], "deferred": []}
    for mode in samples:
        task.measure(mode)  # fills the caches: bytecode, cached splits, the file system's
    for _ in range(rounds):
        for mode, found in samples.items():
            found.append(task.measure(mode))
    eager, deferred = samples.values()
    return Savings(
        rounds=rounds,
        eager=statistics.median(one.seconds for one in eager),
        deferred=statistics.median(one.seconds for one in deferred),
        eager_peak=statistics.median(one.peak for one in eager),
        deferred_peak=statistics.median(one.peak for one in deferred),
        install=statistics.median(one.install for one in deferred),
        last=deferred[-1],
    )
