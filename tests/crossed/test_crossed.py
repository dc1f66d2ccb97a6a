"""A sample of the crossed modules on every interpreter, and that a missing rule is found."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from fresh import ENDS

from .modules import CHANGES, FUNCTIONS, SEEN, blocks, modules

ROOT = pathlib.Path(__file__).resolve().parents[2]


def command(*words: str, expect: int, **settings: str) -> str:
    """Run ``python -m tests.crossed``; returns what it prints."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ATIMPORT", "EAGER_IMPORT", "PYTEST"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.crossed", "--jobs", "1", *words],
        cwd=ROOT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != expect:
        pytest.fail(f"exit status {done.returncode}, expected {expect}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def test_deferred_is_eager() -> None:
    """No module of this interpreter's share can be told from its eager self."""
    printed = command("--count", "400", "--seed", str(sys.version_info.minor), expect=0)
    assert printed.startswith("400 modules")
    assert printed.endswith(": 0 differ\n")


@ENDS
@pytest.mark.parametrize("rule", ["implicit", "changes"])
def test_a_missing_rule_is_found(rule: str) -> None:
    """Without a rule of the analysis, some module differs."""
    assert "differ" in command("--count", "400", expect=1, ATI_WITHOUT_RULE=rule)


def test_everything_is_crossed() -> None:
    """Each way stands in the files once, and meets each of the others."""
    running, flowing = blocks("running.txt"), blocks("flowing.txt")
    assert len(set(running)) == len(running) > 250
    assert len(set(flowing)) == len(flowing) > 240
    sources = [source for _, source in modules()]
    assert len(sources) == len(running) * (len(FUNCTIONS) + len(SEEN)) + len(flowing) * len(CHANGES)
    assert len(set(sources)) == len(sources)
