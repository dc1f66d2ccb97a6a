"""
What ten thousand rules cost an import: ``registry.py --record FILE PYTHON…``.

See ``make bench-registry``. For each interpreter, fresh processes import 300 small modules that don't opt in: plainly,
under the loader without rules, and under the loader with 10,000 rules of several kinds, none of which speaks about
them. The figures are the medians of the processes, in microseconds a module. `make bench-core` measures the decisions
alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from functools import partial
from pathlib import Path

from processes import environment, in_turns, made_by, publish, version_of, wall

MODULES = 300
PROCESSES = 9
KINDS = {
    "plain": "",
    "no rules": "import atimport; atimport.install()",
    "10,000 rules": """
import atimport
for n in range(2500):
    for pattern in f"pkg{n}.mod", f"pkg{n}.sub.*", f"pkg{n}.*.x", f"*_x{n}":
        atimport.overrides.pin_eager(pattern)
atimport.install()
""",
    "sys.at_import_eager": """
import sys, atimport
sys.at_import_eager = tuple(f"pkg{n}.mod" for n in range(10_000))
atimport.install(); atimport.overrides.decide("x")
""",
}
WORK = """
import sys, time
sys.path.insert(0, FOLDER)
import module_warm
start = time.perf_counter()
for number in range(MODULES):
    __import__(f"module_{number}")
print((time.perf_counter() - start) / MODULES * 1e6)
assert all(sys.modules[f"module_{number}"].value == number for number in range(MODULES))
"""


def microseconds(python: str, code: str, folder: str) -> float:
    """Import the modules in a fresh process; microseconds a module."""
    work = code + WORK.replace("FOLDER", repr(folder)).replace("MODULES", str(MODULES))
    return float(wall([python, "-c", work], environment())[1])


def row_of(python: str) -> tuple[str, ...]:
    """Measure one interpreter, the kinds in turns."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ["warm", *range(MODULES)]:
            (Path(folder) / f"module_{name}.py").write_text(f"value = {name!r}\n\n\ndef f():\n    return value\n")
        kinds = {kind: partial(microseconds, python, code, folder) for kind, code in KINDS.items()}
        found = in_turns(kinds, PROCESSES)
    return version_of(python), *(f"{statistics.median(values):.1f}" for values in found.values())


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", type=Path, help="file for the Markdown tables")
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    options = parser.parse_args()
    rows = [row_of(python) for python in options.pythons]
    text = "\n".join(
        [
            "# The override registry: what rules cost",
            "",
            made_by("bench-registry"),
            "",
            f"An import of a small module that doesn't opt in, in microseconds: medians of {PROCESSES} processes that",
            f"import {MODULES} of them. No rule speaks about them.",
            "",
            f"| interpreter | {' | '.join(KINDS)} |",
            "|---|" + "--:|" * len(KINDS),
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
        ]
    )
    publish(text, options.record)


if __name__ == "__main__":
    main()
