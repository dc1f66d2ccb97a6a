"""Fault injection: every system call of an import fails in every way; does the import still come right?

    python -m tests.faults --python build/venv-3.15/bin/python                    a table
    python -m tests.faults --python ... --python ... --record tests/record/faults.md

A library that is loaded in front of the C library (`shim.c`) makes the n-th call on the module's image, its pyc, its source
or its folder fail: once, or from then on (`child.py`).  Every call is tried in every scenario (`scenarios.py`) with every
error, and with transfers that are short.  What is right is said in `judging.py`.  Exit status 0, 1, or 2 for a command that
cannot run.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

from . import record
from .judging import Found, compile_shim, judge
from .scenarios import SCENARIOS


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", required=True, metavar="PATH", help="a Python that has atimport")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="scenarios at a time (default: 2)")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="write the tables there")
    return parser.parse_args()


def main() -> int:
    """Run the command; returns the exit status."""
    given = arguments()
    found: dict[str, list[Found]] = {}
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        shim = compile_shim(pathlib.Path(folder))
        for python in given.python:
            told = subprocess.run(
                [python, "-c", "import atimport, sys; print(sys.version.split()[0])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if told.returncode:
                raise SystemExit(f"faults: {python} does not run, or has no atimport:\n{told.stderr}")
            version = told.stdout.strip()
            tried = [pool.submit(judge, python, shim, scenario, every=True) for scenario in SCENARIOS]
            found[version] = [future.result() for future in tried]
            for one in found[version]:
                print(f"{version} {one.scenario.name}: {len(one.faults)} faults, {len(one.wrong)} wrong", flush=True)
                for wrong in one.wrong:
                    print(f"  {wrong}", flush=True)
    if given.record:
        given.record.write_text(record.page(found), encoding="utf-8")
    return int(any(one.wrong for ones in found.values() for one in ones))


if __name__ == "__main__":
    sys.exit(main())
