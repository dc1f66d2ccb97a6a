"""Random modules, a modest number on every interpreter; that planted faults are found; that cutting down works.

Each test runs the command in a process of its own. `make generated` runs many more modules than fit here.
"""

from __future__ import annotations

import sys

import pytest

from fresh import ENDS, command

#: Modules in each of the parts of the bulk; with five interpreters and four parts 20,000 in all.
PART = 1000
PARTS = 4
#: `spec/deviations.md`: the order of keys may differ for names bound under conditions, deleted and bound again, or by
#: functions.
WITHOUT = ["--leave-out", "keys"]


@pytest.mark.parametrize("part", range(PARTS))
def test_deferred_is_eager(part: int) -> None:
    """No module of this interpreter's share can be told from its eager self."""
    seed = 100 + PARTS * sys.version_info.minor + part
    printed = command("tests.generated", "--count", str(PART), "--seed", str(seed), "--jobs", "1", *WITHOUT, expect=0)
    assert "0 findings" in printed


def test_hypothesis_finds_nothing() -> None:
    """Hypothesis's own search, which tends to the corners, finds no mismatch either."""
    command("tests.generated", "--search", "100", "--seed", str(sys.version_info.minor), *WITHOUT, expect=0)


@ENDS
@pytest.mark.parametrize("fault", ["rebinding", "mutation", "effects", "twice", "aliasing", "order"])
def test_planted_faults_are_found(fault: str) -> None:
    """A runner that is wrong in one way is found, and the module that shows it is small."""
    printed = command("tests.generated", "--count", "400", "--jobs", "1", "--findings", "1", "--fault", fault, expect=1)
    source = printed.split("--- the module\n")[1].split("--- the touches")[0]
    assert len(source.splitlines()) <= 12, printed


def test_plain_execution_is_not_a_fault() -> None:
    """The comparison of a run with its like finds nothing: what it looks at is deterministic."""
    command("tests.generated", "--count", "400", "--jobs", "1", "--fault", "none", expect=0)


def test_hypothesis_shrinks() -> None:
    """A planted fault that hypothesis finds comes out small."""
    printed = command("tests.generated", "--search", "200", "--fault", "twice", expect=1)
    source = printed.split("--- the module\n")[1].split("--- the touches")[0]
    assert len(source.splitlines()) <= 8, printed
