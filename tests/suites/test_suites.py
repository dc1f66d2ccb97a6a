"""A sample of the suites, and the comparison against planted differences."""

from __future__ import annotations

import dataclasses
import pathlib
import sys

import pytest

from fresh import ENDS

from . import report
from .catalogue import subjects
from .running import Bench, Run, judge

SAMPLE = ("test_textwrap", "test_shlex", "test_json")
SUITE = """
import os, sys, unittest
import subject

class Tests(unittest.TestCase):
    def test_value(self):
        self.assertEqual(subject.value, 1)

    def test_{how}(self):
        pass

    def test_planted(self):
        if "atimport" in sys.modules:
            {planted}
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.of(sys.executable, tmp_path_factory.mktemp("suites"), timeout=300)


@pytest.mark.parametrize("suite", SAMPLE)
def test_sample(bench: Bench, suite: str) -> None:
    if not bench.has(suite):
        pytest.skip(f"this interpreter came without {suite}")
    (judgement,) = judge(bench.cpython(suite, subjects(suite)))
    assert not judgement.failed, "\n".join([*report.details(judgement), judgement.said])
    assert judgement.count("passed") > 10
    assert judgement.units_run > 0


def planted(bench: Bench, folder: pathlib.Path, planted: str) -> Run:
    """Write a suite of unittest which does something else when atimport is there."""
    pytest.importorskip("pytest")
    (folder / "subject.py").write_text("value = int('1')\nother = int('2')\n")
    (folder / "test_it.py").write_text(SUITE.format(how="always", planted=planted))
    command = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--junit-xml", "{xml}", "test_it.py")
    return Run(bench, "planted", ("subject",), command, folder)


def test_equal_outcomes(bench: Bench, tmp_path: pathlib.Path) -> None:
    (judgement,) = judge(planted(bench, tmp_path, "pass"))
    assert (judgement.failed, judgement.proves_nothing, judgement.modules, judgement.units_run) == (False, False, 1, 1)
    assert judgement.count("passed") == 3


@ENDS
@pytest.mark.parametrize(
    ("damage", "outcome"),
    [("self.fail('planted')", "failed"), ("self.skipTest('planted')", "skipped"), ("os._exit(3)", "missing")],
)
def test_a_planted_difference_is_found(bench: Bench, tmp_path: pathlib.Path, damage: str, outcome: str) -> None:
    (judgement,) = judge(planted(bench, tmp_path, damage))
    assert judgement.failed
    assert judgement.differing["test_it.Tests.test_planted"] == ("passed", outcome)


def test_a_suite_without_units_proves_nothing(bench: Bench, tmp_path: pathlib.Path) -> None:
    run = dataclasses.replace(planted(bench, tmp_path, "pass"), patterns=("elsewhere",))
    assert judge(run)[0].proves_nothing


@ENDS
def test_planted_differences_of_the_loader_alone_are_found(bench: Bench, tmp_path: pathlib.Path) -> None:
    """Installed, with nothing deferred, and in processes that the suite starts."""
    enabled = bench.enable()
    assert enabled.enable().python == enabled.python
    child = (
        "import subprocess; self.assertNotIn(b'1', subprocess.check_output("
        "[sys.executable, '-c', 'import subject, sys; print(int(\"atimport\" in sys.modules))'], cwd=os.getcwd()))"
    )
    for damage in ("self.fail('planted')", child):
        run = dataclasses.replace(planted(enabled, tmp_path, damage), ways=("installed", "deferred"))
        judgements = judge(run)
        assert [one.how for one in judgements] == ["installed", "deferred"]
        for one in judgements:
            assert one.differing["test_it.Tests.test_planted"] == ("passed", "failed")
            assert one.proves_nothing == (one.how == "deferred" and not one.units_run)
