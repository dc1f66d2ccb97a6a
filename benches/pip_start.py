"""
What deferral by assumption does for pip's own start: ``pip_start.py --record FILE --tools PYTHON PYTHON…``.

See ``make bench-pip``. The newest pip from PyPI, eager and deferred, in fresh processes in turns: wall time of the
whole process, peak memory, modules of pip that were imported, and units of them that ran. Two modules of pip are left
eager, as in ``tests/test_pip.py``. The last table is what ``atimport enable`` adds to the start of an interpreter.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import tempfile
from pathlib import Path

from processes import cost_of_enable, environment, in_turns, install, made_by, publish, version_of, wall

TURNS = 15
DEFER = {
    "ATIMPORT_DEFER": "pip.*",
    "ATIMPORT_EAGER": "pip._internal.cli.base_command,pip._vendor.rich._windows_renderer",
}
TASKS = {
    "import pip._internal.cli.main": "import pip._internal.cli.main",
    "pip --version": "sys.argv = ['pip', '--version']; runpy.run_module('pip', run_name='__main__')",
    "pip list": "sys.argv = ['pip', 'list']; runpy.run_module('pip', run_name='__main__')",
    "pip install --help": "sys.argv = ['pip', 'install', '--help']; runpy.run_module('pip', run_name='__main__')",
}
COUNT = """
import atexit, json, os, runpy, sys
def count():
    names = [name for name in sys.modules if name.partition(".")[0] == "pip"]
    counts = atimport.counts() if DEFERRED else {}
    ran = [(found.units_run, found.units) for name, found in counts.items() if name.startswith("pip")]
    # of this program alone: `ru_maxrss` begins with what the parent had when it forked
    (peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    found = {"peak": int(peak), "modules": len(names), "ran": sum(r for r, _ in ran), "units": sum(u for _, u in ran)}
    with open(FILE, "w") as file:
        json.dump(found, file)
atexit.register(count)
"""


def run(python: str, task: str, folder: str, *, deferred: bool) -> tuple[float, float, dict[str, int]]:
    """Carry out a task in a fresh process; milliseconds, peak memory in MB, counts."""
    counts = Path(folder) / "counts.json"
    head = COUNT.replace("FILE", repr(str(counts))).replace("DEFERRED", str(deferred))
    start_loader = "import atimport; atimport.install()\n" if deferred else ""
    changes = {"PYTHONPATH": folder, "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | (DEFER if deferred else {})
    milliseconds, _ = wall([python, "-c", start_loader + head + TASKS[task]], environment(**changes))
    found = json.loads(counts.read_text())
    return milliseconds, found["peak"] / 1024, found


def rows_of(python: str, tools: str) -> list[str]:
    """Measure one interpreter."""
    version = version_of(python)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        install(tools, python, Path(folder), "pip")
        for task in TASKS:
            kinds = {
                kind: functools.partial(run, python, task, folder, deferred=kind == "deferred")
                for kind in ("eager", "deferred")
            }
            found = in_turns(kinds, TURNS)
            eager, late = (
                [statistics.median(column) for column in zip(*((t, m) for t, m, _ in found[kind]), strict=True)]
                for kind in kinds
            )
            before, after = found["eager"][-1][2], found["deferred"][-1][2]
            rows.append(
                f"| {version} | `{task}` | {eager[0]:.0f} → {late[0]:.0f} | {eager[1]:.1f} → {late[1]:.1f} | "
                f"{before['modules']} → {after['modules']} | {after['ran']} of {after['units']} |"
            )
    return rows


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", type=Path, help="file for the Markdown tables")
    parser.add_argument("--tools", required=True, help="an interpreter that has pip, to fetch pip with")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    rows = [row for python in options.pythons for row in rows_of(python, options.tools)]
    text = "\n".join(
        [
            "# pip, eager and deferred by assumption",
            "",
            f"{made_by('bench-pip')} Medians of {TURNS} processes each, in turns,",
            "eager → deferred; time is that of the whole process, the loader's own import included.",
            "",
            "| interpreter | task | ms | peak memory, MB | modules of pip imported | units run |",
            "|---|---|--:|--:|--:|--:|",
            *rows,
            "",
            "What `atimport enable` adds to a start that imports nothing from elsewhere, in microseconds:",
            "",
            "| interpreter | µs |",
            "|---|--:|",
            *(f"| {version_of(python)} | {cost_of_enable(python, TURNS):.0f} |" for python in options.pythons),
            "",
        ]
    )
    publish(text, options.record)


if __name__ == "__main__":
    main()
