"""
What the process benchmarks share: an environment, a table of interpreters, processes of several kinds in turns.

Separate from each of them so that all measure alike: a first turn that fills caches and counts for nothing, then one
process of every kind in each turn, so that a change of the machine's speed meets all of them.
"""

from __future__ import annotations

import datetime
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from steady_state import machine

Found = TypeVar("Found")


def environment(**changes: str) -> dict[str, str]:
    """Give this process's environment without what steers Python or atimport, and with `changes`."""
    steering = ("PYTHON", "ATIMPORT", "EAGER_IMPORT")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)} | changes


def in_turns(
    kinds: Mapping[str, Callable[[], Found]], turns: int, failures: dict[str, str] | None = None
) -> dict[str, list[Found]]:
    """
    Call every function once, for nothing, and then in `turns` turns, to and fro; what each returned.

    A kind whose process fails goes into `failures`, where that is given, with its last line, and is left out.
    """
    found: dict[str, list[Found]] = {kind: [] for kind in kinds}
    for turn in range(turns + 1):
        # to and fro: whoever comes after a long process must not always be the same
        for kind in list(found) if turn % 2 else list(reversed(found)):
            try:
                value = kinds[kind]()
            except subprocess.CalledProcessError as error:
                if failures is None:
                    raise
                failures[kind] = (error.stderr or "").strip().rpartition("\n")[2] or f"exit status {error.returncode}"
                del found[kind]
                continue
            if turn:
                found[kind].append(value)
    return found


def wall(words: Sequence[str | Path], env: Mapping[str, str]) -> tuple[float, str]:
    """Run a process; its milliseconds, and what it wrote. Raises CalledProcessError with its words."""
    begin = time.perf_counter()
    done = subprocess.run(list(map(str, words)), env=env, capture_output=True, text=True, check=True)
    return (time.perf_counter() - begin) * 1e3, done.stdout


def version_of(python: str) -> str:
    """Give the version of an interpreter, as in 3.13.1."""
    return subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]


def install(tools: str, python: str, folder: Path, *wanted: str) -> None:
    """Install from PyPI into a folder, with the pip of `tools`, for `python`."""
    pip = [tools, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "-q", "--no-compile"]
    subprocess.run([*pip, "--upgrade", "--target", str(folder), *wanted], check=True)


def cost_of_enable(python: str, turns: int) -> float:
    """Measure what the import of the starter of `atimport enable` takes: the median of `turns` processes, in µs."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "starter.py").write_text(starter(python))
        found = []
        for _ in range(turns + 1):
            words = [python, "-X", "importtime", "-c", "import starter"]
            done = subprocess.run(words, env=environment(PYTHONPATH=folder), capture_output=True, text=True, check=True)
            found.append(int(re.search(r"(\d+) \| +\d+ \| +starter", done.stderr)[1]))  # type: ignore[index]
    return statistics.median(found[1:])


def starter(python: str) -> str:
    """Give the source of what `atimport enable` has start-up import."""
    code = "from atimport import activation; print(activation.STARTER)"
    return subprocess.run([python, "-c", code], env=environment(), capture_output=True, text=True, check=True).stdout


def publish(text: str, record: Path | None) -> None:
    """Print a record, and write it where one is wanted."""
    print(text)
    if record is not None:
        record.write_text(text)


def made_by(target: str) -> str:
    """Say with what, when and where: the first line of a record."""
    return f"Made by `make {target}` on {datetime.datetime.now(tz=datetime.UTC).date()}: {machine()}."
