"""The tests of what uses `unsafe`, in processes that valgrind watches: is memory read or written that isn't ours any more?

    python -m tests.memcheck --python build/venv-3.12/bin/python                          a table
    python -m tests.memcheck --python ... tests/test_touch.py -k setattr                  of these tests
    python -m tests.memcheck --python ... --record tests/record/memcheck.md

Every process that the fixture `python` starts runs under memcheck, with an allocator of Python's that valgrind sees through
(``PYTHONMALLOC=malloc``), the children it forks included. What counts is any access to memory that is freed or was never
allocated, by whomever: a reference too few of ours crashes in CPython's code. That values are used before they are set is
not asked, because CPython's own `int.from_bytes` looks so. First a planted fault must be found. Exit status 0, 1 for a
report or a failing test, 2 for a command that can't run.
"""

from __future__ import annotations

import argparse
import datetime
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
#: What touches names, dicts, modules and threads natively.
TESTS = (
    "test_touch",
    "test_threads",
    "machinery/test_modules",
    "test_errors",
    "test_hook",
    "test_loader",
    "test_finder",
    "test_audit",
    "test_odd_names",
    "test_in_code",
    "test_in_code_ends",
    "test_star_imports",
)
VALGRIND = "env PYTHONMALLOC=malloc valgrind --quiet --leak-check=no --undef-value-errors=no --trace-children=yes"
PLANTED = """
import ctypes
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
ctypes.string_at(library.malloc(8), 16)
"""
PAGE = """# Memory

The tests of what uses `unsafe`, in processes under {valgrind} (`make memcheck`), on {date}: accesses to memory that is freed
or was never allocated. A planted one was found on every interpreter first.

| CPython | tests passed | failed | skipped | processes | reports |
|---|--:|--:|--:|--:|--:|
{rows}

Tests: {tests}. Memcheck needs the symbols of the C library: interpreters that bring one without them can't be run.
"""


def under(folder: pathlib.Path) -> str:
    """The words before a command that is to be watched; reports are written into `folder`."""
    return f"{VALGRIND} --num-callers=30 --log-file={folder}/%p.log"


def reports(folder: pathlib.Path) -> tuple[int, list[str]]:
    """How many processes were watched, and what was said of them."""
    logs = sorted(folder.glob("*.log"))
    texts = [re.sub(r"^==\d+== ?", "", log.read_text(errors="replace"), flags=re.M).strip() for log in logs]
    return len(logs), [text for text in texts if text]


def finds_what_is_planted(python: str) -> bool:
    """Whether memcheck works here."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([*under(folder).split(), python, "-c", PLANTED], capture_output=True, check=False)
        return any("Invalid read" in text for text in reports(folder)[1])


def check(python: str, jobs: int, tests: list[str]) -> tuple[str, bool]:
    """Run tests; returns a row of the table, and whether all is well."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        words = [python, "-m", "pytest", "-q", "--numprocesses", str(jobs), "--timeout=3000", *tests]
        environment = os.environ | {"ATIMPORT_TEST_UNDER": under(folder)}
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        processes, said = reports(folder)
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped)", done.stdout)}
    if done.returncode:
        print(done.stdout[-6000:], file=sys.stderr)
    for text in said[:20]:
        print(text, file=sys.stderr)
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    numbers = [counted.get(word, 0) for word in ("passed", "failed", "skipped")]
    row = f"| {version} | " + " | ".join(map(str, [*numbers, processes, len(said)])) + " |"
    return row, done.returncode == 0 and not said


def main() -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.memcheck", description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", required=True, metavar="PATH", help="a Python that has atimport")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="tests at a time (default: 2)")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="write the table there")
    given, tests = parser.parse_known_args()
    rows, well = [], True
    for python in map(os.path.abspath, given.python):
        if not finds_what_is_planted(python):
            raise SystemExit(f"memcheck: valgrind is missing, or finds no planted fault in {python}")
        row, fine = check(python, given.jobs, tests or [f"tests/{name}.py" for name in TESTS])
        print(row, flush=True)
        rows.append(row)
        well = well and fine
    if given.record and not tests:
        valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        page = PAGE.format(
            valgrind=valgrind,
            date=datetime.date.today().isoformat(),
            rows="\n".join(rows),
            tests=", ".join(f"`{name}`" for name in TESTS),
        )
        given.record.write_text(page, encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
            sys.exit(2)
        raise
