"""A sample of the differential run as one test: about 55 modules of all groups, always the same ones.

The whole corpus takes minutes an interpreter: ``make differential``, whose records are in ``tests/record``.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZE = 30
SEED = 2026
PIP = ROOT / "build" / "venv-tools" / "bin" / "python"


@pytest.mark.timeout(300)  # the first run on a machine downloads the packages and compiles everything
def test_a_sample_of_the_corpus_agrees() -> None:
    command = [sys.executable, "-m", "tests.differential", "--python", sys.executable, "--sample", str(SIZE)]
    command += ["--seed", str(SEED), *(["--pip", str(PIP)] if PIP.exists() else [])]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.fail(f"{' '.join(command)}\n{run.stdout}\n{run.stderr}", pytrace=False)
