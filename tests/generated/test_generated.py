"""Random modules, a modest number on every interpreter; that planted faults are found; that cutting down works.

Each test runs the command in a process of its own. `make generated` runs many more modules than fit here.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from fresh import ENDS

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Modules in each of the parts of the bulk; with five interpreters and four parts 20,000 in all.
PART = 1000
PARTS = 4
#: `spec/deviations.md`: the order of keys may differ for names bound under conditions, deleted and bound again, or by
#: functions.
WITHOUT = ["--leave-out", "keys"]


def command(*words: str, expect: int) -> str:
    """Run ``python -m tests.generated``; returns what it prints."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ATIMPORT", "EAGER_IMPORT", "PYTEST"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.generated", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != expect:
        pytest.fail(f"exit status {done.returncode}, expected {expect}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


@pytest.mark.parametrize("part", range(PARTS))
def test_deferred_is_eager(part: int) -> None:
    """No module of this interpreter's share can be told from its eager self."""
    seed = 100 + PARTS * sys.version_info.minor + part
    printed = command("--count", str(PART), "--seed", str(seed), "--jobs", "1", *WITHOUT, expect=0)
    assert "0 findings" in printed


def test_hypothesis_finds_nothing() -> None:
    """Hypothesis's own search, which tends to the corners, finds no mismatch either."""
    command("--search", "100", "--seed", str(sys.version_info.minor), *WITHOUT, expect=0)


@ENDS
@pytest.mark.parametrize("fault", ["rebinding", "mutation", "effects", "twice", "aliasing", "order"])
def test_planted_faults_are_found(fault: str) -> None:
    """A runner that is wrong in one way is found, and the module that shows it is small."""
    printed = command("--count", "400", "--jobs", "1", "--findings", "1", "--fault", fault, expect=1)
    source = printed.split("--- the module\n")[1].split("--- the touches")[0]
    assert len(source.splitlines()) <= 12, printed


def test_plain_execution_is_not_a_fault() -> None:
    """The comparison of a run with its like finds nothing: what it looks at is deterministic."""
    command("--count", "400", "--jobs", "1", "--fault", "none", expect=0)


def test_hypothesis_shrinks() -> None:
    """A planted fault that hypothesis finds comes out small."""
    printed = command("--search", "200", "--fault", "twice", expect=1)
    source = printed.split("--- the module\n")[1].split("--- the touches")[0]
    assert len(source.splitlines()) <= 8, printed
