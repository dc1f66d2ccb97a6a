"""
What a pending name costs the rest of its module: ``steady_state.py --record FILE PYTHON…`` (see ``make bench``).

For each interpreter: reading another global, calling a builtin, calling functions, making objects, and attribute access
from outside, in a module of which one name is pending, and in the same module after everything has been resolved; both
as a ratio to the plain module. pyperf measures (fresh processes, calibrated loops); the figures are medians.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import tempfile
from pathlib import Path

import pyperf
from rich.console import Console
from rich.table import Table

from steady_state_worker import VARIANTS

HERE = Path(__file__).resolve().parent
TURNS = 4
COLUMNS = ("interpreter", "work", "plain, ns", "one name pending", "resolved")
WHAT = {
    "another_global": "10 reads of another global",
    "a_builtin": "10 calls of a builtin",
    "calls": "10 calls of a function",
    "objects": "an object and a method call",
    "mixed": "ordinary code",
    "attribute": "10 attribute reads from outside",
}


def measure(python: str, variant: str, *, quick: bool) -> pyperf.BenchmarkSuite:
    """Run the worker under `python` in `variant`, in a few processes; `quick` is for trying the script out."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        effort = ["--debug-single-value"] if quick else ["--processes", "2", "--values", "3", "--min-time", "0.05"]
        command = [python, str(HERE / "steady_state_worker.py"), "--variant", variant, "--quiet", *effort]
        subprocess.run([*command, "--output", str(found)], cwd=HERE, check=True)
        return pyperf.BenchmarkSuite.load(str(found))


def rows_of(python: str, *, quick: bool) -> list[tuple[str, ...]]:
    """Measure all variants under `python`; one row for each kind of work."""
    suites = {variant: measure(python, variant, quick=quick) for variant in VARIANTS}
    # in turns, so that a change of the machine's speed meets all variants
    for _ in range(0 if quick else TURNS - 1):
        for variant, suite in suites.items():
            for benchmark in measure(python, variant, quick=quick):
                suite.get_benchmark(benchmark.get_name()).add_runs(benchmark)
    version = suites["plain"].get_metadata().get("python_version", "?").split()[0]
    rows = []
    for name in suites["plain"].get_benchmark_names():
        seconds = {variant: suite.get_benchmark(name).median() for variant, suite in suites.items()}
        ratios = [f"{seconds[variant] / seconds['plain']:.2f}" for variant in ("pending", "resolved")]
        rows.append((version, WHAT[name], f"{seconds['plain'] * 1e9:.0f}", *ratios))
    return rows


def machine() -> str:
    """Name the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} CPUs, {platform.system()}"


def record(rows: list[tuple[str, ...]]) -> str:
    """Return the record as Markdown."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    lines = [
        "# Steady state: what a pending name costs the rest of its module",
        "",
        f"Made by `make bench` on {today}: {machine()}. pyperf {pyperf.__version__}, medians.",
        "The two columns on the right are ratios to the plain module: 1.00 means no cost.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---|---|" + "--:|" * (len(COLUMNS) - 2),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", type=Path, help="file for the Markdown table")
    parser.add_argument("--quick", action="store_true", help="one value each, to try the script out")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    rows = [row for python in options.pythons for row in rows_of(python, quick=options.quick)]
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console(width=100).print(table)
    if options.record is not None:
        options.record.write_text(record(rows))


if __name__ == "__main__":
    main()
