"""
Every conformance case of spec/cases, on this interpreter, eagerly and deferred.

The eager run is the oracle: values, and how often each line runs, must be what it gives. Then the deferred run must
have run exactly the lines that the case lists.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fresh import CASES, ROOT, Python

KEYS = {
    "level",
    "quote",
    "since",
    "before",
    "at_import",
    "warns",
    "fails",
    "session",
    "values",
    "check",
    "setup",
    "entry_points",
}
FOLDERS = sorted(file.parent for file in CASES.glob("*/*/case.toml"))
SPECIFICATION = " ".join((ROOT / "spec" / "at-import.rst").read_text().split())


def identifier(folder: Path) -> str:
    return str(folder.relative_to(CASES))


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "case.toml").read_text())


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


#: What runs came to, by case, mode and missing rule (`test_mutations`): several tests ask of one run.
RUNS: dict[tuple[Path, str, str], dict[str, Any]] = {}


def run(python: Python, folder: Path, mode: str) -> dict[str, Any]:
    key = (folder, mode, os.environ.get("ATI_WITHOUT_RULE", "") if mode == "deferred" else "")
    if key not in RUNS:
        RUNS[key] = run_once(python, folder, mode)
    return RUNS[key]


def run_once(python: Python, folder: Path, mode: str) -> dict[str, Any]:
    outcome = python.start(Path(__file__).with_name("run_case.py"), folder, mode, python.folder / "cache")
    return json.loads(outcome.out)


APPLICABLE = [
    folder
    for folder in FOLDERS
    if version(read(folder).get("since", "3.0")) <= sys.version_info[:2] < version(read(folder).get("before", "4.0"))
]


def test_there_are_cases() -> None:
    assert len(FOLDERS) > 30
    assert {path.parent for path in CASES.glob("*/*/module.py")} == set(FOLDERS)


# scope: the tests of one case follow each other, so that one worker has all that they share in `RUNS`
@pytest.mark.parametrize("folder", FOLDERS, ids=identifier, scope="module")
def test_case_is_well_formed(folder: Path) -> None:
    case = read(folder)
    assert set(case) <= KEYS, "unknown keys"
    assert case["level"] in ("must", "may")
    assert " ".join(case["quote"].split()) in SPECIFICATION, "the quoted passage is not in spec/at-import.rst"
    for session in case.get("session", ()):
        assert set(session) <= {"touch", "runs", "raises"}
        assert len(session["touch"]) == len(session["runs"]) == len(session.get("raises", session["touch"]))
    noted: dict[int, int] = {}
    for file in folder.rglob("*.py"):
        lines = noted_lines(file)
        assert all(number % 100 == line for number, line in lines.items()), "a line has another number"
        assert all((number < 100) == (file == folder / "module.py") for number in lines), "a line of another file"
        assert not set(lines) & set(noted), "two lines have one number"
        noted |= lines
    expected = {*case["at_import"]}.union(*(lines for session in case.get("session", ()) for lines in session["runs"]))
    assert expected <= set(noted), "a line is expected that says nothing"


def noted_lines(file: Path) -> dict[int, int]:
    """What a file's statements say of themselves, and the line on which they say it."""
    return {
        node.args[0].value: node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("ran", "decorated")
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=identifier, scope="module")
def test_eager_run_agrees(folder: Path, python: Python) -> None:
    if folder not in APPLICABLE:
        return  # says nothing about this version; no skip, so that a skipped test always means something
    case, found = read(folder), run(python, folder, "eager")
    for order in found["orders"]:
        assert order["values"] == case["values"]
        assert order["false"] == []


@pytest.mark.parametrize("folder", APPLICABLE, ids=identifier, scope="module")
def test_import_runs(folder: Path, python: Python) -> None:
    case, found = read(folder), run(python, folder, "deferred")["import"]
    assert found["at_import"] == case["at_import"]
    if "fails" in case:
        assert found["fails"] is not None
        assert found["fails"][0] == case["fails"]
    else:
        assert found["fails"] is None
    if "warns" in case:
        assert [warning[:2] for warning in found["warnings"]] == [[str(folder / "module.py"), case["warns"]]]
    else:
        assert found["warnings"] == []


@pytest.mark.parametrize("folder", [f for f in APPLICABLE if "session" in read(f)], ids=identifier, scope="module")
def test_touches_run(folder: Path, python: Python) -> None:
    case, found = read(folder), run(python, folder, "deferred")
    for expected, session in zip(case["session"], found["sessions"], strict=True):
        ran = [step["ran"] for step in session["steps"]]
        if case["level"] == "must":
            assert ran == expected["runs"], expected["touch"]
        else:
            so_far: set[int] = set()
            for lines, least in zip(ran, expected["runs"], strict=True):
                so_far |= set(lines)
                assert set(least) <= so_far, expected["touch"]
        for step, raises in zip(session["steps"], expected.get("raises", [""] * len(session["steps"])), strict=True):
            if raises:
                assert step["raised"] is not None, step
                assert raises in step["raised"], step
                if raises not in ("AttributeError", "KeyError", "NameError"):
                    assert not {"AttributeError", "KeyError", "NameError"} & set(step["raised"]), step
            else:
                assert step["raised"] is None, step


@pytest.mark.parametrize("folder", [f for f in APPLICABLE if "values" in read(f)], ids=identifier, scope="module")
def test_every_order_gives_the_eager_result(folder: Path, python: Python) -> None:
    eager, deferred = run(python, folder, "eager"), run(python, folder, "deferred")
    for left, right in zip(eager["orders"], deferred["orders"], strict=True):
        assert right["values"] == left["values"], right["touch"]
        assert right["false"] == [], right["touch"]
        # no line more often than eagerly; the hook is not part of an eager run, and checks may call functions
        more = Counter(right["all"]) - Counter(left["all"])
        hook = [line for line in more if is_in_hook(folder, line)]
        assert [line for line in more if line not in hook] == [], right["touch"]


@pytest.mark.parametrize("folder", [f for f in APPLICABLE if "fails" in read(f)], ids=identifier, scope="module")
def test_second_import_starts_afresh(folder: Path, python: Python) -> None:
    case, found = read(folder), run(python, folder, "deferred")
    assert found["second_import"]["at_import"] == case["at_import"]
    assert found["second_import"]["fails"][0] == case["fails"]


def is_in_hook(folder: Path, line: int) -> bool:
    for node in ast.parse((folder / "module.py").read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == "__at_import__":
            return node.lineno <= line <= node.end_lineno
    return False


def test_readme_lists_every_key() -> None:
    text = (CASES / "README.md").read_text()
    documented = set(re.findall(r"^\| `(?:\[)?\[?(\w+)\]?\]?`", text, flags=re.M)) | {"before"}
    assert documented == KEYS
