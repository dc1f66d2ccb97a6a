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
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Runs in the measured process. What it imports before the clock starts is what it needs for that: all else would be
# missing from the figures.
CHILD = """\
import sys, time
bare = set(sys.modules)
mode, modules, assume, use, record, out = sys.argv[1:]
start = time.perf_counter()
if mode == "deferred":
    import atimport
    atimport.install()
    for pattern in filter(None, assume.split("\\n")):
        atimport.overrides.assume_deferred(pattern, reason="atimport measures")
install = time.perf_counter() - start
if record:
    from atimport import profiling
    profiling.start()
if use:
    import contextlib, io
    code = compile(use, "<use>", "exec")
    printed = io.StringIO()
before = set(sys.modules)
start = time.perf_counter()
namespace = {name.partition(".")[0]: __import__(name) for name in modules.split()}
if use:
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        exec(code, namespace)
seconds = time.perf_counter() - start
after = set(sys.modules)
counts = atimport.counts().values() if mode == "deferred" else ()
costs = [[one.module, one.total / 1e6] for one in atimport.stats().modules] if record else []
try:
    # ru_maxrss is not used where it can be avoided: after exec it still holds the parent's peak
    status = open("/proc/self/status").read()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
except (OSError, IndexError):
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
import json
with open(out, "w", encoding="utf-8") as file:
    json.dump({"seconds": seconds, "install": install, "peak": peak, "units": sum(c.units for c in counts),
               "units_run": sum(c.units_run for c in counts), "modules": len(counts), "costs": costs,
               "imported": sorted(after - before), "preloaded": sorted(before - bare)}, file)
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    One measured process: `seconds` of wall time (and `install` seconds before it, for importing and installing
    atimport itself), `peak` resident bytes, the number of deferred modules and their units; the names of the modules
    that were `imported`, and of those that atimport had `preloaded`; module and seconds of `costs`, where recorded.
    """

    seconds: float
    install: float
    peak: int
    units: int
    units_run: int
    modules: int
    imported: Sequence[str]
    preloaded: Sequence[str]
    costs: Sequence[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    What a measured process does: import `modules`, with what the patterns `assume` match opted in by assumption, then
    run the statements `use`. `environment` goes on top of this process's own. `record`: a deferred process says what
    each module costs, and is slower for it.
    """

    modules: Sequence[str]
    assume: Sequence[str] = ()
    use: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    record: bool = False

    def measure(self, mode: str) -> Sample:
        """Run one fresh process in `mode` ("eager" or "deferred"); MeasurementError when it fails."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= self.environment
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "sample.json")
            words = [
                mode,
                " ".join(self.modules),
                "\n".join(self.assume),
                self.use,
                "record" if self.record else "",
                out,
            ]
            command = [sys.executable, "-c", CHILD, *words]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0 or not os.path.exists(out):
                raise MeasurementError(f"{mode} import of {', '.join(self.modules)} failed:\n{done.stderr}")
            with open(out, encoding="utf-8") as file:
                return Sample(**json.load(file))


class MeasurementError(Exception):
    """A measured process failed; the message has its words."""


@dataclass(frozen=True, kw_only=True)
class Savings:
    """
    Medians of `rounds` processes each: `eager` and `deferred` seconds, their peaks in bytes, and the seconds that
    importing and installing atimport took; `last_eager` and `last` are the last eager and the last deferred process.
    """

    rounds: int
    eager: float
    deferred: float
    eager_peak: float
    deferred_peak: float
    install: float
    last_eager: Sample
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
        last_eager=eager[-1],
        last=deferred[-1],
    )
