"""Which cases notice when a rule of the analysis is taken out.

    python tests/test_mutations.py          runs all cases without each of the rules; writes tests/record/mutations.toml

A debug build leaves a rule of the analysis out when ``ATI_WITHOUT_RULE`` names it.  `make test` checks, for each rule, the
first case that the record names; the command makes the record, which says which cases caught which rule.
"""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import subprocess
import sys
import tomllib
from xml.etree import ElementTree

import pytest

import test_cases
from fresh import CASES, ROOT, Python

RECORD = ROOT / "tests" / "record" / "mutations.toml"
RULES = re.findall(
    r'"([\w-]+)",', (ROOT / "src/analysis/mod.rs").read_text().split("pub const RULES")[1].split("];")[0]
)
# Rules that no case catches yet: what they keep out, the other rules keep out of every case that there is.
UNCAUGHT = [
    "changes",
    "functions-rebind",
    "cycle",
    "system-name",
    "hook",
    "may-unbind-builtin",
    "subclasses",
    "any-name",
    "needed",
]


def caught() -> dict[str, list[str]]:
    """Rule -> the cases that fail without it, as recorded."""
    return tomllib.loads(RECORD.read_text())["caught"]


def test_the_record_speaks_of_every_rule() -> None:
    assert list(caught()) == RULES
    assert [rule for rule, cases in caught().items() if not cases] == UNCAUGHT


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in UNCAUGHT])
def test_a_case_fails_without_the_rule(rule: str, python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = CASES / next(case for case in caught()[rule] if CASES / case in test_cases.APPLICABLE)
    monkeypatch.setenv("ATI_WITHOUT_RULE", rule)
    failed = []
    for test in (
        test_cases.test_import_runs,
        test_cases.test_touches_run,
        test_cases.test_every_order_gives_the_eager_result,
    ):
        try:
            test(folder, python)
        except (AssertionError, pytest.fail.Exception) as error:
            failed.append(error)
    assert failed


def failing(rule: str, xml: pathlib.Path) -> list[str]:
    """Run all cases without a rule; returns those that fail, as chapter/rule."""
    command = [sys.executable, "-m", "pytest", "-q", "-n2", "--junit-xml", str(xml), "tests/test_cases.py"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "ATI_WITHOUT_RULE": rule}, check=False, capture_output=True)
    names = [
        case.get("name", "") for case in ElementTree.parse(xml).iter("testcase") if case.find("failure") is not None
    ]
    return sorted({name.partition("[")[2].rstrip("]") for name in names if "[" in name})


def main() -> None:
    xml = ROOT / "build" / "mutations.xml"
    lines = [
        "# Which cases of spec/cases fail when a rule of the analysis is taken out; made by tests/test_mutations.py",
        f"# on {datetime.date.today().isoformat()} with CPython {sys.version.split()[0]}.",
        "",
        "[caught]",
    ]
    for rule in RULES:
        cases = failing(rule, xml)
        print(f"{rule}: {len(cases)} cases", flush=True)
        lines += [f"{rule} = [", *(f'    "{case}",' for case in cases), "]"]
    RECORD.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
