"""Every system call of the store, and of what reads sources and pycs, fails in every way: see `__main__`."""

from __future__ import annotations

import pathlib
import sys

import pytest

from .judging import compile_shim, judge
from .scenarios import SCENARIOS, Scenario

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="calls are made to fail by LD_PRELOAD")


#: Two fifths of the scenarios on each interpreter, all of them on two of the five; `make faults` tries all on every one.
SHARE = [scenario for place, scenario in enumerate(SCENARIOS) if (place + sys.version_info.minor) % 5 < 2]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return compile_shim(tmp_path_factory.mktemp("shim"))


@pytest.mark.parametrize("scenario", SHARE, ids=[scenario.name for scenario in SHARE])
def test_every_fault(shim: pathlib.Path, scenario: Scenario) -> None:
    found = judge(sys.executable, shim, scenario, every=False)
    assert not found.wrong, "\n".join(found.wrong)
    calls = {fault.call.split()[0] for fault in found.faults if fault.happened}
    assert calls >= set(scenario.calls), "calls that should have been made to fail"
