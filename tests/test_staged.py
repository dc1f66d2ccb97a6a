"""
The staged thread tests, a hundred performances each (``make soak``: a thousand), one process a play.

What is played stands in `tests/staged`, each play with its diagram.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fresh import ROOT, Python

PERFORMANCES = 100


def plays() -> list[str]:
    command = [sys.executable, "-m", "staged", "--list"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("play", plays())
def test_play(python: Python, play: str) -> None:
    words = ("-m", "staged", play, "--repeat", str(PERFORMANCES))
    found = python.start(*words, environment={"PYTHONPATH": str(ROOT / "tests")})
    assert json.loads(found.out)["performances"] == PERFORMANCES
