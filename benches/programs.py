"""
What pending names cost whole programs: ``programs.py --tools PYTHON --record FILE PYTHON…`` (see ``make
bench-programs``).

Programs of pyperformance, from PyPI, each in a module of which names are pending throughout, against the same module
without atimport: fresh processes in turns, the fastest of some repetitions in each, the median of the processes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from functools import partial
from pathlib import Path

from processes import environment, in_turns, install, made_by, publish, version_of, wall
from programs_worker import PROGRAMS

HERE = Path(__file__).resolve().parent
PROCESSES = 7
COLUMNS = ("interpreter", "program", "plain, ms", "names pending", "hooked by", "pending / plain")


def run(python: str, site: Path, program: str, variant: str) -> dict[str, object]:
    """Run a program in a process of its own."""
    folder = site / "pyperformance" / "data-files" / "benchmarks" / f"bm_{program}"
    words = [python, HERE / "programs_worker.py", variant, folder, program]
    found: dict[str, object] = json.loads(wall(words, environment(PYTHONPATH=str(site)))[1])
    return found


def row_of(python: str, site: Path, program: str) -> tuple[str, ...]:
    """Measure a program in both variants."""
    kinds = {variant: partial(run, python, site, program, variant) for variant in ("plain", "pending")}
    found = in_turns(kinds, PROCESSES)
    plain, pending = (statistics.median(float(str(one["seconds"])) for one in each) for each in found.values())
    last = found["pending"][-1]
    ratio = f"{pending / plain:.2f}"
    return version_of(python), program, f"{plain * 1e3:.1f}", str(last["pending"]), str(last["hooks"]), ratio


def main() -> None:
    """Measure, print the table, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", required=True, help="interpreter that has pip")
    parser.add_argument("--record", type=Path, help="file for the Markdown table")
    parser.add_argument("--program", action="append", choices=PROGRAMS, help="only these")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        install(options.tools, options.pythons[0], site, "pyperformance")
        programs = options.program or list(PROGRAMS)
        rows = [row_of(python, site, program) for python in options.pythons for program in programs]
    text = "\n".join(
        [
            "# Programs: what pending names cost",
            "",
            made_by("bench-programs"),
            f"Medians of {PROCESSES} processes in turns, of each the fastest of five repetitions. 1.00 means no cost.",
            "",
            f"| {' | '.join(COLUMNS)} |",
            "|---|---|--:|--:|---|--:|",
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
        ]
    )
    publish(text, options.record)


if __name__ == "__main__":
    main()
