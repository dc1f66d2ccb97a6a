"""
``atimport demo``: what deferral buys, measured then and there.

Question: "how much faster and smaller does an import become, and does it still pay once the module is used?" Every
measurement is a fresh process; eager and deferred alternate, so that a change of the machine's speed meets both; the
figures are medians. In each process the clock runs around the import alone, or around the import and a typical use;
memory is the process's peak.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

# What a first small program does with a package. Not for every package: SQLAlchemy, for one, registers its events by
# defining classes (ATI102), which its authors would do in a hook; by assumption alone it imports and doesn't work.
TYPICAL_USE = {
    "rich": (
        "from rich.table import Table; from rich.console import Console; import io\n"
        "table = Table('name', 'size'); table.add_row('a', '1')\n"
        "Console(file=io.StringIO()).print(table)"
    ),
    "networkx": (
        "graph = networkx.path_graph(50); graph.add_edge(0, 40)\n"
        "assert networkx.shortest_path(graph, 0, 45) == [0, 40, 41, 42, 43, 44, 45]"
    ),
    "almanac": "almanac.main(['--help'])",
}

# Runs in the measured process; {use} stands on its own lines.
CHILD = """\
import contextlib, io, json, sys, time
mode, package, assume, use = sys.argv[1:]
start = time.perf_counter()
if mode == "deferred":
    import atimport
    atimport.install()
    if assume:
        atimport.overrides.assume_deferred(package + ".*", reason="atimport demo")
install = time.perf_counter() - start
use = compile(use, "<use>", "exec")
printed = io.StringIO()
start = time.perf_counter()
module = __import__(package)
with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
    exec(use, {package: module})
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
    """What a measured process does: import `package`, opted in by assumption if `assume`, then `use` it."""

    package: str
    assume: bool
    use: str

    def measure(self, mode: str) -> Sample:
        """Run one fresh process in `mode` ("eager" or "deferred"); ClickException when it fails."""
        command = [sys.executable, "-c", CHILD, mode, self.package, "1" if self.assume else "", self.use]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise click.ClickException(f"{mode} import of {self.package} failed:\n{done.stderr}")
        return Sample(**json.loads(done.stdout))


@click.command()
@click.argument("packages", metavar="[PACKAGE]...", nargs=-1)
@click.option("--declared", metavar="MODULE", multiple=True, help="A module that opts in itself. Repeatable.")
@click.option("--rounds", default=11, show_default=True, type=click.IntRange(min=1), help="Processes per figure.")
def demo(packages: tuple[str, ...], declared: tuple[str, ...], rounds: int) -> None:
    """
    Measure importing each PACKAGE eagerly and deferred, in fresh processes, and print a table.

    A PACKAGE is opted in by assumption (default: rich).
    """
    subjects = [(package, True) for package in packages or (() if declared else ("rich",))]
    subjects += [(module, False) for module in declared]
    # A terminal decides its own width; a file or a pipe gets the whole table.
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=120)
    console.print(f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}", soft_wrap=True)
    console.print(f"medians of {rounds} fresh processes each; eager → deferred", soft_wrap=True)
    installs: list[float] = []
    table = Table("package", "opted in by", "what", "time, ms", "ratio", "peak, MB", "modules", "units run")
    for column in table.columns[3:]:
        column.justify = "right"
    for package, assume in subjects:
        uses = {"import": "", "import and use": TYPICAL_USE.get(package, "")}
        for what, use in uses.items():
            if what == "import" or use:
                task = Task(package=package, assume=assume, use=use)
                table.add_row(
                    package,
                    "assumption" if assume else "declaration",
                    what,
                    *figures(task, rounds=rounds, installs=installs),
                )
    console.print(table)
    console.print(
        f"not in the times: importing and installing atimport, {statistics.median(installs) * 1e3:.1f} ms once"
    )


def figures(task: Task, *, rounds: int, installs: list[float]) -> list[str]:
    """
    Measure `task` eagerly and deferred, alternating, and return the table's cells.

    Appends to `installs` the seconds that each deferred process took to import and install atimport.
    """
    samples: dict[str, list[Sample]] = {"eager": [], "deferred": []}
    for mode in samples:
        task.measure(mode)  # fills the caches: bytecode, cached splits, the file system's
    for _ in range(rounds):
        for mode, found in samples.items():
            found.append(task.measure(mode))
    eager, deferred = (statistics.median(s.seconds for s in found) for found in samples.values())
    eager_peak, deferred_peak = (statistics.median(s.peak for s in found) for found in samples.values())
    installs += [s.install for s in samples["deferred"]]
    last = samples["deferred"][-1]
    return [
        f"{eager * 1e3:.1f} → {deferred * 1e3:.1f}",
        f"{deferred / eager:.2f}",
        f"{eager_peak / 1e6:.1f} → {deferred_peak / 1e6:.1f}",
        str(last.modules),
        f"{last.units_run} of {last.units}",
    ]
