"""
Virtual environments for tests with a real pip, from PyPI, and with the atimport that is being tested.

Without a network such tests fail, unless ``ATIMPORT_ALLOW_OFFLINE=1`` says that they may be left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

import atimport
from fresh import ROOT


@dataclass(frozen=True)
class Environment:
    """A virtual environment with a pip of its own and atimport, in `folder`."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, *requirements: str) -> Self:
        """Make one, with packages from PyPI."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        environment = cls(folder)
        tools = ROOT / "build" / "venv-tools" / "bin" / "python"
        words = [
            "-m",
            "pip",
            "--python",
            environment.python,
            "--disable-pip-version-check",
            "install",
            "-q",
            *requirements,
        ]
        done = subprocess.run([tools, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            without_network(done.stderr)
        (environment.packages / "atimport").symlink_to(Path(atimport.__file__).parent)
        return environment

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The folder that packages are installed into."""
        (found,) = (self.folder / "lib").glob("python*/site-packages")
        return found

    def copy(self, folder: Path) -> Self:
        """Copy it: pip is going to be damaged."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return type(self)(folder)

    def run(self, *words: str | Path, expect: int | None = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run ``python WORDS``; fails the test unless the exit status is `expect` (None: any)."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "ATIMPORT", "PIP_", "EAGER"))}
        done = subprocess.run(
            [str(self.python), *map(str, words)],
            env=inherited | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONWARNINGS": "ignore"} | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if expect is not None and done.returncode != expect:
            pytest.fail(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)
        return done


def without_network(text: str) -> None:
    """Leave the test out when that is allowed; fail otherwise."""
    if os.environ.get("ATIMPORT_ALLOW_OFFLINE") == "1":
        pytest.skip(f"*** NOT TESTED: no pip from PyPI, and ATIMPORT_ALLOW_OFFLINE says so *** {text[-300:]}")
    pytest.fail(f"no pip from PyPI; ATIMPORT_ALLOW_OFFLINE=1 leaves this out\n{text}", pytrace=False)
