"""``atimport verify``: a planted dependency is caught with the smallest touch order, and equal packages pass."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from atimport.verification.compare import Mismatch
from atimport.verification.findings import places
from fresh import Outcome, Python

# Who takes a number takes the next one, whichever module asks: a dependency that no reader of the other file sees.
COUNTER = """
taken = []

def number():
    taken.append(None)
    return len(taken)
"""
PLANTED = """
from planted.counter import number

def unrelated():
    return 0

zulu = number()
limit = len("four")
alpha = number()
table = dict(a=1)
mike = table["a"]
"""
EQUAL = """
import collections
Point = collections.namedtuple("Point", "x y")
origin = Point(0, len(""))
names = sorted(["b", "a"])

def distance(point=origin):
    return abs(point.x - origin.x)
"""


def verify(python: Python, *words: str, expect: int = 0, **environment: str) -> Outcome:
    """Run the command without measuring."""
    command = ["-m", "atimport", "verify", "--rounds", "0", *words]
    return python.start(*command, expect=expect, environment=environment or None)


def report(python: Python, *words: str, expect: int = 0) -> dict[str, Any]:
    """Run the command, and return its JSON."""
    found: dict[str, Any] = json.loads(verify(python, "--json", "-", *words, expect=expect).out)
    assert found["status"] == expect
    return found


def plant(python: Python) -> None:
    python.write("planted/__init__.py", "from planted.counter import number\nfirst = number\n")
    python.write("planted/counter.py", COUNTER)
    python.write("planted/mod.py", PLANTED)


def test_a_hidden_dependency_is_caught(python: Python) -> None:
    plant(python)
    found = verify(python, "planted", expect=1)
    path = python.folder / "planted" / "mod.py"
    for line in (
        "planted.mod: 2 mismatches, all named by a diagnostic of the module",
        "  planted.mod:zulu#value",
        "      eager:    1",
        "      deferred: 2",
        "  when touched first: alpha",
        "  touching alpha runs lines 1, 8",
        "  touching zulu runs lines 1, 6",
        "  again: atimport verify planted --module planted.mod --touch alpha",
        "1 module of them differs",
    ):
        assert line in found.lines, found.out
    assert any(line.startswith(f"  {path}:6: ATI111 calls `planted.counter.number`") for line in found.lines)
    assert "\x1b" not in found.out + found.err


def test_the_command_that_is_given_shows_it_again(python: Python) -> None:
    plant(python)
    first = report(python, "planted", expect=1)
    (module,) = [one for one in first["modules"] if one["findings"]]
    (finding,) = module["findings"]
    words = shlex.split(finding["command"])
    assert words[:2] == ["atimport", "verify"]
    (again,) = report(python, *words[2:], expect=1)["modules"]
    assert again["findings"] == [{**finding, "seed": again["findings"][0]["seed"]}]


def test_the_touch_order_is_minimal(python: Python) -> None:
    """Three names in a ring: one of them out of turn is enough, and `unrelated` and its like are not in it."""
    plant(python)
    others = "".join(f"extra{number} = len('{number}')\n" for number in range(12))
    python.write("planted/mod.py", PLANTED + others)
    (module,) = report(python, "planted", "--module", "planted.mod", expect=1)["modules"]
    (finding,) = module["findings"]
    assert finding["touches"] == ["planted.mod:alpha"]
    keys = ["planted.mod:alpha#value", "planted.mod:zulu#value"]
    assert sorted(one["key"] for one in finding["mismatches"]) == keys
    assert "all agree" in verify(python, "planted", "--module", "planted.mod", "--touch", "zulu").out
    assert "all agree" in verify(python, "planted", "--module", "planted.mod", "--touch", "").out


def test_two_touches_that_are_both_needed(python: Python) -> None:
    """`first` differs when two others come before it, and no sooner."""
    python.write("log.py", "seen = []\n\ndef see(name):\n    seen.append(name)\n    return len(seen) > 2\n")
    python.write(
        "ring.py", "import log\nfirst = log.see(1)\nsecond = log.see(2)\nthird = log.see(3)\nother = len('x')\n"
    )
    (module,) = report(python, "ring", expect=1)["modules"]
    by_key = {one["key"]: finding for finding in module["findings"] for one in finding["mismatches"]}
    assert by_key["ring:first#value"]["touches"] == ["ring:third", "ring:second"]


def test_names_of_a_package_are_touched_out_of_order(python: Python) -> None:
    plant(python)
    python.write("planted/__init__.py", "from planted.counter import number\nzulu = number()\nalpha = number()\n")
    modules = report(python, "planted", "--module", "planted", expect=1)["modules"]
    assert modules[0]["findings"][0]["touches"] == ["planted:alpha"]


def test_private_names_count(python: Python) -> None:
    plant(python)
    python.write("planted/mod.py", PLANTED.replace("zulu", "_zulu").replace("alpha", "_alpha"))
    (module,) = report(python, "planted", "--module", "planted.mod", expect=1)["modules"]
    assert module["findings"][0]["touches"] == ["planted.mod:_alpha"]


def test_a_name_that_no_run_binds(python: Python) -> None:
    """Pending until its unit has run, and then as absent as in an eager run."""
    python.write("maybe.py", "try:\n    import no_such_module as _found\nexcept ImportError:\n    known = len('')\n")
    assert "all agree" in verify(python, "maybe").lines


@pytest.mark.parametrize(
    ("key", "eager", "deferred", "expected"),
    [
        ("m:f.g#value", "1", "2", ["m:f"]),
        ("m#names", "a b c", "a c d", ["m:b", "m:d"]),
        ("m#order", "a b c", "a c b", ["m:b", "m:c"]),
        ("m#placeholders", "", "x", []),
        ("#out", "", "x", []),
    ],
)
def test_which_names_differ(key: str, eager: str, deferred: str, expected: list[str]) -> None:
    assert places(Mismatch(key, eager, deferred, 0, 0)) == expected


def test_an_equal_package(python: Python) -> None:
    python.write("equal/__init__.py", "from equal.shapes import Point\n")
    python.write("equal/shapes.py", EQUAL)
    found = verify(python, "equal")
    assert "all agree" in found.lines
    assert "2 modules compared in 3 orders from seed 0, 2 of them deferred" in found.out
    assert "again" not in found.out
    assert found.err == ""


@pytest.mark.parametrize(
    "words", ["./src", "src/equal", "./src/equal/", "src/equal/__init__.py", "src/equal/shapes.py"]
)
def test_a_path(python: Python, words: str) -> None:
    python.write("src/equal/__init__.py", "")
    python.write("src/equal/shapes.py", EQUAL)
    modules = report(python, words)["modules"]
    assert modules[-1]["module"] == ("equal" if words.endswith("__init__.py") and len(modules) == 1 else "equal.shapes")
    assert modules[-1]["path"] == str(python.folder / "src" / "equal" / "shapes.py")
    assert modules[-1]["deferred"]


def test_a_namespace_package_and_several_targets(python: Python) -> None:
    python.write("space/part/__init__.py", "")
    python.write("space/single.py", EQUAL)
    python.write("other.py", EQUAL)
    found = report(python, "space", "other")
    assert [one["module"] for one in found["modules"]] == ["space.part", "space.single", "other"]


@pytest.mark.parametrize("module", ["orders", "job", "snapshot", "describe"])
def test_names_of_the_harness_are_free(python: Python, module: str) -> None:
    python.write(f"{module}.py", EQUAL)
    python.write("user.py", f"import {module}\nfound = {module}.names\nlength = len(found)\n")
    assert "2 modules compared" in verify(python, "user", module).out


# --- the hook -------------------------------------------------------------------------------------------------------

HOOK = """
import sys
codecs = []
limit = len("four")

def find(name):
    return name

def __at_import__():
    codecs.append(find)
    sys.setrecursionlimit(1234)
"""


@pytest.mark.parametrize("portable", [False, True], ids=["plain", "portable"])
def test_the_eager_import_counts_with_the_hook(python: Python, portable: bool) -> None:
    call = "\n\n__at_import__()\n" if portable else ""
    python.write("hooked/__init__.py", "import hooked.codec\n")
    python.write("hooked/codec.py", HOOK + call)
    assert "all agree" in verify(python, "hooked").lines


def test_a_hook_that_returns_a_mapping(python: Python) -> None:
    python.write("hooked.py", "limit = len('four')\n\ndef __at_import__():\n    return {'made': [limit]}\n")
    assert "all agree" in verify(python, "hooked").lines


def test_a_hook_that_depends_on_what_has_run(python: Python) -> None:
    """It runs: what it sees differs, because `taken` of another module has not been filled yet."""
    plant(python)
    python.write(
        "planted/mod.py",
        """
        from planted.counter import number, taken
        zulu = number()

        def __at_import__():
            global seen
            seen = len(taken)
        """,
    )
    (module,) = report(python, "planted", "--module", "planted.mod", expect=1)["modules"]
    (finding,) = module["findings"]
    assert {"key": "planted.mod:seen#value", "name": "seen", "eager": "1", "deferred": "0"} in finding["mismatches"]
    assert finding["touches"] == []


# --- what is left out, and errors -----------------------------------------------------------------------------------


def test_modules_that_are_left_out_are_named(python: Python) -> None:
    python.write("mixed/__init__.py", "")
    python.write("mixed/__main__.py", "raise SystemExit('this must not run')\n")
    python.write("mixed/broken.py", "import no_such_module\n")
    python.write("mixed/fine.py", EQUAL)
    found = verify(python, "mixed")
    assert "2 modules compared" in found.out
    assert "2 left out" in found.out
    assert "  mixed.__main__: it is a program: importing it would run it" in found.lines
    assert "  mixed.broken: raises builtins.ModuleNotFoundError: No module named 'no_such_module'" in found.lines


def test_a_hang_is_a_mismatch(python: Python) -> None:
    """The loop is there for its effect only, so it runs at import; what it waits for is pending."""
    python.write("flag.py", "done = []\n")
    python.write("slow.py", "from flag import done\nx = done.append(1)\nwhile not done:\n    pass\n")
    found = verify(python, "slow", "--timeout", "1", "--orders", "1", expect=1)
    assert "  #hang" in found.lines
    assert "  again: atimport verify slow --module slow --seed 0 --orders 1 --route 0 --timeout 1" in found.lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such_module"], "Error: no module named 'no_such_module'"),
        (["./no_such_folder"], "Error: no such file: ./no_such_folder"),
        (["plain"], "Error: there is no Python module in 'plain': /"),
        (["file.txt"], "so there is no 'file.txt'; for the path, write ./file.txt"),
        (["./plain"], "Error: there is no Python module in ./plain"),
        (["sys"], "Error: module 'sys' has no Python source: it is built-in"),
        (["not a name"], "Error: neither a dotted module name nor a path: 'not a name'"),
        (["program"], "Error: there is nothing to compare in program"),
        (["planted", "--module", "planted.none"], "Error: --module: planted has no planted.none"),
        (["planted", "--touch", "alpha"], "Error: --touch goes with one module, not with 3: name it with --module"),
        (
            ["planted", "--module", "planted.mod", "--touch", "none"],
            "Error: --touch: planted.mod has no 'planted.mod:none'; its public names are: alpha, limit, mike, number,",
        ),
        (["failing"], "nothing to compare, no module imports eagerly; failing: raises builtins.ZeroDivisionError: div"),
        (["planted", "--orders", "0"], "0 is not in the range x>=1"),
        (["planted", "--timeout", "0"], "0 is not in the range x>=1"),
        (["planted", "--json", "no/such/file"], "no/such/file"),
        ([], "Missing argument 'TARGET...'"),
    ],
)
def test_what_cannot_run(python: Python, words: list[str], message: str) -> None:
    plant(python)
    (python.folder / "plain").mkdir()
    python.write("file.txt", "")
    python.write("failing.py", "1 / 0\n")
    python.write("program/__main__.py", "raise SystemExit('this must not run')\n")
    found = verify(python, *words, expect=2)
    assert message in found.err
    assert "Traceback" not in found.err
    assert found.out == ""


def test_without_fork(python: Python) -> None:
    python.write("equal.py", EQUAL)
    code = "import os; del os.fork; from atimport.cli import main; main(['verify', 'equal'])"
    assert "Error: verifying needs os.fork, which" in python.run(code, expect=2).err


# --- reports --------------------------------------------------------------------------------------------------------


def test_json(python: Python, tmp_path: Path) -> None:
    plant(python)
    found = verify(python, "planted", "--json", "report.json", "--orders", "2", expect=1)
    assert "planted.mod: 2 mismatches" in found.out
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["targets"], told["seed"], told["orders"], told["status"]) == (["planted"], 0, 2, 1)
    assert told["savings"] is None
    assert told["left_out"] == {}
    modules = {one["module"]: one for one in told["modules"]}
    assert list(modules) == ["planted", "planted.counter", "planted.mod"]
    assert modules["planted"]["findings"] == []
    assert modules["planted.mod"]["named"]
    (finding,) = modules["planted.mod"]["findings"]
    assert finding["lines"] == {"planted.mod:alpha": [[1, 1], [8, 8]], "planted.mod:zulu": [[1, 1], [6, 6]]}
    assert {(one["code"], one["line"]) for one in finding["diagnostics"]} == {("ATI111", 6), ("ATI111", 8)}
    assert finding["diagnostics"][0]["path"] == str(python.folder / "planted" / "mod.py")


def test_the_environment_is_not_in_a_report(python: Python) -> None:
    python.write(
        "mod.py", "import os\nfrom log import note\na = note()\nb = os.environ.setdefault(f'S{note()}', 'x')\n"
    )
    python.write("log.py", "seen = []\n\ndef note():\n    seen.append(1)\n    return len(seen)\n")
    found = verify(python, "mod", expect=1, SECRET="swordfish")
    assert "outside#os.environ" in found.out
    assert "swordfish" not in found.out
    assert "swordfish" not in verify(python, "mod", "--json", "-", expect=1, SECRET="swordfish").out


def test_runs_are_reproducible(python: Python) -> None:
    plant(python)
    first, second = (report(python, "planted", "--seed", "3", "--orders", "6", expect=1) for _ in range(2))
    assert first["modules"] == second["modules"]


def test_savings_are_measured(python: Python) -> None:
    python.write("equal/__init__.py", EQUAL)
    found = python.start("-m", "atimport", "verify", "equal", "--rounds", "1", "--orders", "1")
    assert "import of equal: " in found.out
    assert "medians of 1 process" in found.out
    assert " ms (" in found.out
    assert " MB (eager → deferred, " in found.out
