"""``atimport gate``: what it measures, which limits it holds, and what it says to people and to programs."""

from __future__ import annotations

import json
import re

import pytest

from fresh import Outcome, Python


@pytest.fixture
def library(python: Python) -> Python:
    """Give a library that imports two modules of its own, and one of the standard library that start-up doesn't."""
    python.write("lib/__init__.py", "")
    python.write("lib/core.py", "__at_import__ = None\nimport colorsys\nfrom lib import heavy, plain\nx = len('x')\n")
    python.write("lib/heavy.py", "import time\ntime.sleep(0.05)\n")
    python.write("lib/plain.py", "")
    return python


def gate(python: Python, *words: str, **options: object) -> Outcome:
    return python.start("-m", "atimport", "gate", *words, "--rounds", "1", **options)  # type: ignore[arg-type]


def test_without_limits_it_says_what_it_found(library: Python) -> None:
    found = gate(library, "lib.core")
    assert found.lines[0].startswith("import of lib.core: CPython 3.")
    assert found.lines[1] == "modules imported: 5 → 2 (1 deferred, 0 of 4 units run)"
    milliseconds = re.fullmatch(r"milliseconds: ([\d.]+) → ([\d.]+), ratio ([\d.]+)", found.lines[2])
    assert milliseconds is not None
    eager, deferred, ratio = map(float, milliseconds.groups())
    assert eager > 50 > deferred
    assert ratio < 1
    assert "EXCEEDED" not in found.out


def test_eager_module_counts_what_it_imports(library: Python) -> None:
    """Those that atimport itself has imported too: they are in the eager figure, and the ratio of counts is fair."""
    library.write("eager.py", "import importlib.util, types\nimport lib.heavy\n")
    found = gate(library, "eager")
    eager, deferred = re.findall(r"modules imported: (\d+) → (\d+) \(0 deferred\)", found.out)[0]
    assert eager == deferred
    slowest = found.lines.index("slowest imports, own milliseconds (built-in and extension modules are not in them):")
    assert found.lines[slowest + 1].split()[1] == "lib.heavy"


def test_limits_that_hold(library: Python) -> None:
    limits = ("--max-modules", "2", "--max-ms", "5000", "--max-ratio", "0.99")
    assert "EXCEEDED" not in gate(library, "lib.core", *limits).out


def test_limits_that_are_exceeded(library: Python) -> None:
    library.write("lib/core.py", "import colorsys\nfrom lib import heavy\n")
    found = gate(library, "lib.core", "--max-modules", "2", "--max-ms", "1", "--max-ratio", "0.001", expect=1)
    assert "EXCEEDED: 4 modules, 2 more than --max-modules 2" in found.lines
    assert "  imported: colorsys, lib, lib.core, lib.heavy" in found.lines
    assert re.search(r"^EXCEEDED: [\d.]+ ms, [\d.]+ more than --max-ms 1$", found.out, re.M)
    assert re.search(r"^EXCEEDED: ratio [\d.]+, [\d.]+ more than --max-ratio 0.001$", found.out, re.M)
    assert re.search(r"^ +[5-9]\d\.\d\d  lib.heavy$", found.out, re.M)


def test_assumption(library: Python) -> None:
    library.write("lib/core.py", "import colorsys\nfrom lib import heavy\n")
    gate(library, "lib.core", "--max-modules", "2", expect=1)
    gate(library, "lib.core", "--max-modules", "2", "--defer", "other", "--defer", "lib.*")


def test_report_for_programs_is_a_baseline(library: Python) -> None:
    gate(library, "lib.core", "--json", "report.json")
    report = json.loads((library.folder / "report.json").read_text())
    assert report["modules"] == ["lib", "lib.core"]
    assert report["eager_modules"] == ["colorsys", "lib", "lib.core", "lib.heavy", "lib.plain"]
    assert report["exceeded"] == []
    assert report["new"] is None
    library.write("lib/core.py", "import colorsys\n__at_import__ = None\nprint(colorsys.__name__)\n")
    found = gate(library, "lib.core", "--max-modules", "2", "--baseline", "report.json", expect=1)
    assert "  new since the baseline: colorsys" in found.lines
    again = gate(library, "lib.core", "--max-modules=2", "--baseline=report.json", "--json", "-", expect=1)
    told = json.loads(again.out)
    assert told["new"] == ["colorsys"]
    assert told["exceeded"] == [{"limit": "modules", "allowed": 2, "found": 3}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "No module named 'nowhere'"),
        (["broken"], "ZeroDivisionError"),
        (["leaves"], "failed"),
        (["a b"], "'a b' is not the dotted name of a module"),
        (["lib", "--defer", "a..b"], "--defer: "),
        (["lib", "--max-ms", "-1"], "--max-ms"),
        (["lib", "--baseline", "broken.py"], "is not a report of `atimport gate --json`"),
        ([], "Missing argument 'MODULE'"),
    ],
)
def test_what_can_not_be_measured(library: Python, words: list[str], said: str) -> None:
    library.write("broken.py", "1 / 0\n")
    library.write("leaves.py", "raise SystemExit(0)\n")
    found = gate(library, *words, expect=2)
    assert said in found.err
    assert found.out == ""
