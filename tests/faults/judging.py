"""Whether what came of a fault is right, and running the processes that try them.

Terms: a *fault* is one system call that fails in one way, once or from then on; its *outcome* is what the import came to.
Right is an import that succeeds, each statement once, or that raises what plain Python raises for the same fault; and that
leaves nothing by which the next import, without a fault, is worse off.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile

from .scenarios import SCENARIOS, Scenario

HERE = pathlib.Path(__file__).parent
GOOD = ("deferred", "eager")
#: What a module with a hook may raise where a plain run, which has none, need not read the source.
CHANGED = "ImportError: the source of m changed while it was imported, and its hook is not known; import it again"
#: Seconds for a scenario: some hundred imports.
LIMIT = 600


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault and its outcome; `again` is that of the next import, `left` how many strange files it left."""

    call: str
    way: str
    onwards: bool
    position: int
    outcome: str
    again: str = ""
    left: int = 0

    @property
    def happened(self) -> bool:
        return self.outcome != "did not happen"

    @property
    def what(self) -> tuple[str, str]:
        """What fails, and how: the kind of file, or all of them when later calls fail, too."""
        return "" if self.onwards else self.call.split()[1], self.way

    @property
    def succeeded(self) -> bool:
        return self.outcome in GOOD


@dataclasses.dataclass
class Found:
    """All faults of a scenario."""

    scenario: Scenario
    without: str  # the outcome without a fault
    faults: list[Fault]
    wrong: list[str]


def compile_shim(folder: pathlib.Path) -> pathlib.Path:
    """Compile the shim into `folder`; returns its path.  Raises `CalledProcessError` when there is no compiler."""
    shim = folder / "shim.so"
    words = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*words, "-o", str(shim), str(HERE / "shim.c"), "-ldl"], check=True)
    return shim


def run(python: str, shim: pathlib.Path, scenario: Scenario, how: str, every: bool) -> tuple[str, list[Fault]]:
    """Try every fault of a scenario in a process of its own; returns the outcome without a fault, and with each."""
    cleared = ("PYTHON", "ATIMPORT", "EAGER_IMPORT", "XDG_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(cleared)}
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        words = [python, "-W", "error", str(HERE / "child.py"), str(shim), folder, how, "all" if every else "some"]
        done = subprocess.run(
            [*words, str(SCENARIOS.index(scenario))],
            env=environment | {"LD_PRELOAD": str(shim)},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{python}, {scenario.name}, {how}: exit status {done.returncode}\n{done.stderr}")
    first, *rest = (Fault(**row) for row in json.loads(done.stdout))
    return first.outcome, rest


def judge(python: str, shim: pathlib.Path, scenario: Scenario, *, every: bool) -> Found:
    """Try a scenario, each call in `every` way or in some, and say what is wrong about it."""
    without, faults = run(python, shim, scenario, "ours", every)
    allowed: dict[tuple[str, str], set[str]] = {}
    if scenario.compared:
        for fault in run(python, shim, scenario, "plain", every)[1]:
            # which call it is differs, and with it whether the path is named
            allowed.setdefault(fault.what, set()).add(fault.outcome)
    found = Found(scenario, without, faults, [])
    expected = "deferred" if "__at_import__" in scenario.source and not scenario.pinned else "eager"
    if without != expected:
        found.wrong.append(f"without a fault: {without}, expected {expected}")
    for fault in faults:
        same_as_plain = fault.outcome in allowed.get(fault.what, set()) | ({CHANGED} if scenario.hook else set())
        place = f"{fault.call}, call {fault.position}, {fault.way}{' from then on' if fault.onwards else ''}"
        if fault.happened and not fault.succeeded and not same_as_plain:
            found.wrong.append(f"{place}: {fault.outcome}")
        if fault.again != without:
            found.wrong.append(f"{place}: the next import: {fault.again}, expected {without}")
        if fault.left and not fault.call.startswith("unlink") and not fault.onwards:
            found.wrong.append(f"{place}: leaves {fault.left} strange files")
    return found
