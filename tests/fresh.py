"""
Python in a fresh process: what the fixture `python` gives to a test.

A deferred module can be seen in its deferred state only once, and a crash or a hang must fail one test and not the run:
so whatever imports under the loader happens in a process of its own.
"""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "spec" / "cases"

# For what tests the tests: planted faults are found by the same code on every interpreter.
ENDS = pytest.mark.skipif(
    sys.version_info[:2] not in ((3, 11), (3, 15)), reason="tests the tests: on the oldest and the newest CPython"
)
# Seconds before a child counts as hung; generous, because nothing here measures time.
LIMIT = 60
# What the processes run under (`tests/memcheck.py`), in words.
UNDER = shlex.split(os.environ.get("ATIMPORT_TEST_UNDER", ""))


def command(module: str, *words: str, expect: int, **settings: str) -> str:
    """Run ``python -m MODULE WORDS…`` of this repository with the environment variables `settings`; returns what it prints.

    Fails the test unless the exit status is `expect`.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ATIMPORT", "EAGER_IMPORT", "PYTEST"))
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != expect:
        pytest.fail(f"exit status {done.returncode}, expected {expect}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a process ended: exit `status` (negative: the signal that killed it) and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.out.splitlines()


class Python:
    """The interpreter under test, in a folder of its own that is the first entry of its path."""

    def __init__(self, folder: Path) -> None:
        """Work in `folder`, which must exist."""
        self.folder = folder

    def write(self, path: str, source: str | bytes) -> Path:
        """Write a file, dedented, at `path` below the folder; returns its full path."""
        full = self.folder / path
        full.parent.mkdir(parents=True, exist_ok=True)
        content = source if isinstance(source, bytes) else textwrap.dedent(source).lstrip("\n").encode()
        full.write_bytes(content)
        return full

    def environment(self, **changes: str) -> dict[str, str]:
        """Return a child's environment: this one's, without what steers Python or atimport, and with `changes`."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "ATIMPORT", "PYTEST")) and name not in ("EAGER_IMPORT", "FORCE_COLOR")
        }
        path = os.pathsep.join([str(self.folder), str(CASES)])
        return inherited | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"} | changes

    def start(
        self,
        *words: str | Path,
        expect: int | None = 0,
        environment: dict[str, str] | None = None,
        warnings: str = "error",
        stdin: str = "",
    ) -> Outcome:
        """Run ``python WORDS…``; fails the test unless the exit status is `expect` (None: any)."""
        done = subprocess.run(
            [*UNDER, sys.executable, "-W", warnings, *map(str, words)],
            cwd=self.folder,
            env=self.environment(**(environment or {})),
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT * (20 if UNDER else 1),
            check=False,
        )
        outcome = Outcome(status=done.returncode, out=done.stdout, err=done.stderr)
        if expect is not None and outcome.status != expect:
            pytest.fail(f"exit status {outcome.status}, expected {expect}\n{outcome.out}\n{outcome.err}", pytrace=False)
        return outcome

    def run(self, code: str, *words: str, **options: object) -> Outcome:
        """Run `code`, dedented, as plain ``python`` does; options as those of `start`."""
        return self.start("-c", textwrap.dedent(code), *words, **options)  # type: ignore[arg-type]

    def deferred(self, code: str, *words: str, **options: object) -> Outcome:
        """Run `code` with the loader installed and, in its namespace, ``atimport`` and ``LINES`` (see ``_trace``)."""
        start = "import atimport; atimport.install(); from _trace import LINES\n"
        return self.start("-c", start + textwrap.dedent(code), *words, **options)  # type: ignore[arg-type]

    def same(self, code: str, *words: str, **options: object) -> Outcome:
        """
        Run `code`, as a script, plainly and under ``atimport run``: both must write the same to both streams, and end
        alike. Both find the folder as it is now. Returns the deferred outcome; options as those of `start`.
        """
        program = self.write("program.py", code)
        with tempfile.TemporaryDirectory() as kept:
            shutil.copytree(self.folder, kept, symlinks=True, dirs_exist_ok=True)
            plain = self.start(program, *words, **options)  # type: ignore[arg-type]
            shutil.rmtree(self.folder)
            shutil.copytree(kept, self.folder, symlinks=True)
        deferred = self.start("-m", "atimport", "run", program, *words, **options)  # type: ignore[arg-type]
        for one, other in ((plain.out, deferred.out), (plain.err, deferred.err)):
            if one != other:
                told = difflib.unified_diff(one.splitlines(), other.splitlines(), "plain", "deferred", n=1, lineterm="")
                pytest.fail("\n".join(told), pytrace=False)
        return deferred
