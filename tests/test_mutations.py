"""Which cases notice when a rule of the analysis is taken out.

    python tests/test_mutations.py          runs all cases without each of the rules; writes tests/record/mutations.toml
    python tests/test_mutations.py hook     only without this one; the record keeps what it says of the others

A debug build leaves a rule of the analysis out when ``ATI_WITHOUT_RULE`` names it.  `make test` checks, for each rule, the
first case that the record names; the command makes the record, which says which cases caught which rule.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import pytest

import test_cases
from fresh import CASES, ENDS, ROOT, Python

RECORD = ROOT / "tests" / "record" / "mutations.toml"
RULES = re.findall(
    r'"([\w-]+)",', (ROOT / "src/analysis/rules.rs").read_text().split("pub const RULES")[1].split("];")[0]
)


def caught() -> dict[str, list[str]]:
    """Rule -> the cases that fail without it, as recorded."""
    return tomllib.loads(RECORD.read_text())["caught"]


def test_the_record_speaks_of_every_rule() -> None:
    assert list(caught()) == RULES
    assert [rule for rule, cases in caught().items() if not cases] == [], "rules that no case needs"


@ENDS
@pytest.mark.parametrize("rule", RULES)
def test_a_case_fails_without_the_rule(rule: str, python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATI_WITHOUT_RULE", rule)
    assert fails(next(CASES / case for case in caught()[rule] if CASES / case in test_cases.APPLICABLE), python)


def fails(folder: pathlib.Path, python: Python) -> bool:
    """Whether a case fails as things are; what may raise is an expectation, a missing result or the case's process."""
    case = test_cases.read(folder)
    try:
        test_cases.test_import_runs(folder, python)
        if "session" in case:
            test_cases.test_touches_run(folder, python)
        if "values" in case:
            test_cases.test_every_order_gives_the_eager_result(folder, python)
        if "fails" in case:
            test_cases.test_second_import_starts_afresh(folder, python)
    except (AssertionError, KeyError, TypeError, subprocess.TimeoutExpired, pytest.fail.Exception):
        return True
    return False


def failing(rule: str) -> list[str]:
    """Run all cases without a rule; returns those that fail, as chapter/rule."""
    os.environ["ATI_WITHOUT_RULE"] = rule

    def one(folder: pathlib.Path) -> bool:
        with tempfile.TemporaryDirectory() as place:
            return fails(folder, Python(pathlib.Path(place)))

    # what an installer has recorded is in images, which are not read when a rule is left out
    folders = [folder for folder in test_cases.APPLICABLE if "entry_points" not in test_cases.read(folder)]
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        found = list(threads.map(one, folders))
    return [test_cases.identifier(folder) for folder, failed in zip(folders, found, strict=True) if failed]


def main(chosen: list[str]) -> None:
    """Make the record; with `chosen` rules, anew for these only."""
    lines = [
        "# Which cases of spec/cases fail when a rule of the analysis is taken out; made by tests/test_mutations.py",
        f"# on {datetime.date.today().isoformat()} with CPython {sys.version.split()[0]}.",
        "",
        "[caught]",
    ]
    known = caught()
    for rule in RULES:
        cases = known.get(rule, []) if chosen and rule not in chosen else failing(rule)
        print(f"{rule}: {len(cases)} cases", flush=True)
        lines += [f"{rule} = [", *(f'    "{case}",' for case in cases), "]"]
    RECORD.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
