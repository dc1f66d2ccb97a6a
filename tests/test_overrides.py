"""The override registry as a program and a user meet it: functions, environment variables, precedence, decisions."""

from __future__ import annotations

import itertools

import pytest

from fresh import Python

DECLARED = "__at_import__ = None\nvalue = len('x')\n"
SILENT = "value = len('x')\n"


def modes(python: Python, code: str, *, environment: dict[str, str] | None = None) -> list[str]:
    """Import a declared and a silent module after `code`; say of each whether it was deferred."""
    python.write("pkg/__init__.py", SILENT)
    python.write("pkg/declared.py", DECLARED)
    python.write("pkg/silent.py", SILENT)
    found = python.run(
        f"""
import atimport
from atimport.overrides import pin_eager, assume_deferred
atimport.install()
{code}
import pkg.declared, pkg.silent
for module in pkg.declared, pkg.silent:
    print("deferred" if atimport.is_deferred(module) else "eager")
    assert module.value == 1
""",
        environment=environment,
    )
    return found.lines


@pytest.mark.parametrize(
    ("code", "environment", "expected"),
    [
        ("", {}, ["deferred", "eager"]),
        ("pin_eager('pkg.*')", {}, ["eager", "eager"]),
        ("pin_eager('pkg')", {}, ["deferred", "eager"]),
        ("pin_eager('pkg.declared')", {}, ["eager", "eager"]),
        ("pin_eager('*')", {}, ["eager", "eager"]),
        ("pin_eager('*.d?clared')", {}, ["eager", "eager"]),
        ("pin_eager('pkg.d*')", {}, ["eager", "eager"]),
        ("assume_deferred('*.s*t')", {}, ["deferred", "deferred"]),
        ("import sys; sys.at_import_eager = ('pkg.*',)", {}, ["eager", "eager"]),
        ("import sys; sys.at_import_eager = ['other', 'pkg.declared']", {}, ["eager", "eager"]),
        ("import sys; sys.at_import_eager = 'pkg.*'", {}, ["eager", "eager"]),
        ("import sys; sys.at_import_eager = ()", {}, ["deferred", "eager"]),
        ("import sys; sys.at_import_eager = ('pkg.silent',)", {"ATIMPORT_DEFER": "pkg.*"}, ["deferred", "eager"]),
        ("import sys; sys.at_import_eager = ('pkg.*',); assume_deferred('pkg.*')", {}, ["eager", "eager"]),
        ("assume_deferred('pkg.*')", {}, ["deferred", "deferred"]),
        ("assume_deferred('*')", {}, ["deferred", "deferred"]),
        ("assume_deferred('pkg.silent')", {}, ["deferred", "deferred"]),
        ("assume_deferred('pkg.sil')", {}, ["deferred", "eager"]),
        ("pin_eager('pkg.*'); assume_deferred('pkg.silent')", {}, ["eager", "eager"]),
        ("assume_deferred('pkg.silent'); pin_eager('pkg.*')", {}, ["eager", "eager"]),
        ("", {"ATIMPORT": "off"}, ["eager", "eager"]),
        ("", {"ATIMPORT": "on"}, ["deferred", "eager"]),
        ("", {"ATIMPORT": ""}, ["deferred", "eager"]),
        ("", {"EAGER_IMPORT": "1"}, ["eager", "eager"]),
        ("", {"EAGER_IMPORT": "0"}, ["deferred", "eager"]),
        ("", {"EAGER_IMPORT": ""}, ["deferred", "eager"]),
        ("", {"ATIMPORT_EAGER": "pkg.*"}, ["eager", "eager"]),
        ("", {"ATIMPORT_EAGER": "other,pkg.declared"}, ["eager", "eager"]),
        ("", {"ATIMPORT_DEFER": "pkg.*"}, ["deferred", "deferred"]),
        ("", {"ATIMPORT_DEFER": "pkg.*", "ATIMPORT": "off"}, ["eager", "eager"]),
        ("", {"ATIMPORT_DEFER": "pkg.*", "EAGER_IMPORT": "1"}, ["eager", "eager"]),
        ("", {"ATIMPORT_DEFER": "pkg.*", "ATIMPORT_EAGER": "pkg.silent"}, ["deferred", "eager"]),
        ("assume_deferred('pkg.*')", {"ATIMPORT_EAGER": "pkg.*"}, ["eager", "eager"]),
        ("pin_eager('pkg.silent')", {"ATIMPORT_DEFER": "pkg.*"}, ["deferred", "eager"]),
    ],
)
def test_precedence(python: Python, code: str, environment: dict[str, str], expected: list[str]) -> None:
    assert modes(python, code, environment=environment) == expected


def test_the_order_of_calls_does_not_matter(python: Python) -> None:
    calls = ["pin_eager('pkg.silent')", "assume_deferred('pkg.*')", "assume_deferred('pkg.silent')"]
    for order in itertools.permutations(calls):
        assert modes(python, "; ".join(order)) == ["deferred", "eager"]


def test_assumption_does_not_mend_an_invalid_declaration(python: Python) -> None:
    python.write("m.py", "__at_import__ = 3\nvalue = len('x')\n")
    found = python.deferred(
        """
        atimport.overrides.assume_deferred("m")
        import m
        print(atimport.is_deferred(m))
        """,
        warnings="always",
    )
    assert found.lines == ["False"]
    assert "DeclarationWarning" in found.err


def test_an_eager_module_runs_its_hook_once(python: Python) -> None:
    python.write("plain.py", "from _trace import ran\nx = ran(2) or 1\ndef __at_import__():\n    ran(4)\n")
    python.write(
        "portable.py", "from _trace import ran\nx = ran(2) or 1\ndef __at_import__():\n    ran(4)\n\n__at_import__()\n"
    )
    python.deferred("""
        atimport.overrides.pin_eager("*")
        import plain
        assert LINES == [2, 4], LINES
        LINES.clear()
        import portable
        assert LINES == [2, 4], LINES
    """)


DECISIONS = [
    ("", "anything", ("declaration", None)),
    ("pin_eager('pip._vendor.*', reason='vendored')", "pip._vendor.rich", ("eager", "pip._vendor.*")),
    ("pin_eager('pip._vendor.*', reason='vendored')", "pip._vendor", ("eager", "pip._vendor.*")),
    ("pin_eager('pip._vendor.*', reason='vendored')", "pip", ("declaration", None)),
    ("pin_eager('pip._vendor.*', reason='vendored')", "pip._vendored", ("declaration", None)),
    ("assume_deferred('pkg.*')", "pkg.mod.deep", ("deferred", "pkg.*")),
    ("pin_eager('pkg'); assume_deferred('pkg.*')", "pkg", ("eager", "pkg")),
    ("pin_eager('pkg'); assume_deferred('pkg.*')", "pkg.mod", ("deferred", "pkg.*")),
]


@pytest.mark.parametrize(("code", "name", "expected"), DECISIONS)
def test_decide(python: Python, code: str, name: str, expected: tuple[str, str | None]) -> None:
    found = python.run(f"""
        from atimport.overrides import pin_eager, assume_deferred, decide
        {code or "pass"}
        decision = decide({name!r})
        print((decision.mode, decision.rule))
        print(decision.source)
        print(decision.reason)
    """)
    assert found.lines[0] == repr(expected)
    mode, rule = expected
    if rule is not None:
        assert found.lines[1] == {"eager": "pin_eager", "deferred": "assume_deferred"}[mode]
    if "reason=" in code and rule is not None:
        assert found.lines[2] == "vendored"
    assert found.lines[2], "a reason is always given"


@pytest.mark.parametrize(
    ("environment", "source"),
    [
        ({"ATIMPORT": "off"}, "ATIMPORT"),
        ({"EAGER_IMPORT": "1"}, "EAGER_IMPORT"),
        ({"ATIMPORT_EAGER": "m"}, "ATIMPORT_EAGER"),
        ({"ATIMPORT_DEFER": "m"}, "ATIMPORT_DEFER"),
    ],
)
def test_decide_names_the_variable(python: Python, environment: dict[str, str], source: str) -> None:
    found = python.run(
        "import atimport; d = atimport.overrides.decide('m'); print(d.source, d.rule, d.mode)", environment=environment
    )
    assert found.out.split()[0] == source
    assert found.out.split()[2] == ("deferred" if source == "ATIMPORT_DEFER" else "eager")


def test_decide_imports_nothing(python: Python) -> None:
    python.write("m.py", "raise SystemExit('imported')\n")
    python.deferred("import sys; atimport.overrides.decide('m'); assert 'm' not in sys.modules")


def test_rules_work_without_installing(python: Python) -> None:
    """A tool may pin before, or without, anybody installing the loader."""
    python.write("m.py", DECLARED)
    python.run("""
        from atimport import overrides
        overrides.pin_eager("m", reason="early")
        import atimport
        assert not atimport.is_installed()
        atimport.install()
        import m
        assert not atimport.is_deferred(m)
    """)
