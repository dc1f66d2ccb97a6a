"""Pins and `lazy import` (PEP 810, 3.15): one pin stops both, other filters go on working, `resolve` binds lazy names."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 came with 3.15")

USER = "lazy import target\nlazy from target import value\nlazy from pkg import sub\n"


@pytest.fixture
def lazy(python: Python) -> Python:
    """Give a Python with a module that imports lazily."""
    python.write("user.py", USER)
    python.write("target.py", "value = 1\n")
    python.write("pkg/__init__.py", "")
    python.write("pkg/sub.py", "")
    return python


def imported(python: Python, code: str) -> list[bool]:
    """Say of `target` and `pkg.sub` whether importing `user` after `code` has imported them."""
    found = python.deferred(f"{code}\nimport sys, user\nprint('target' in sys.modules, 'pkg.sub' in sys.modules)")
    return [word == "True" for word in found.out.split()[-2:]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", [False, False]),
        ("atimport.overrides.pin_eager('user')", [True, True]),
        ("atimport.overrides.pin_eager('us*')", [True, True]),
        ("atimport.overrides.pin_eager('target')", [True, False]),
        ("atimport.overrides.pin_eager('pkg.sub')", [False, True]),
        ("atimport.overrides.pin_eager('other')", [False, False]),
        ("import os; atimport.overrides.pin_eager(os.path.abspath('user.py'))", [True, True]),
        ("import sys; sys.at_import_eager = ('user',)", [True, True]),
        ("atimport.overrides.assume_deferred('user')", [False, False]),
    ],
)
def test_a_pin_stops_lazy_imports(lazy: Python, code: str, expected: list[bool]) -> None:
    assert imported(lazy, code) == expected


FILTER = "sys.set_lazy_imports_filter(lambda importer, name, fromlist: seen.append(name) or name != 'target')"


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_filter_of_somebody_else_still_works(lazy: Python, order: str) -> None:
    pin = "atimport.overrides.pin_eager('pkg.sub')"
    steps = [FILTER, pin] if order == "before" else [pin, FILTER]
    code = "import sys\nseen = []\n" + "\n".join(steps)
    assert imported(lazy, code) == [True, True], "theirs stops `target`, ours `pkg.sub`"


def test_a_filter_that_is_taken_away_comes_back(lazy: Python) -> None:
    code = "import sys\natimport.overrides.pin_eager('user')\nsys.set_lazy_imports_filter(None)"
    assert imported(lazy, code) == [True, True]


def test_without_pins_there_is_no_filter(lazy: Python) -> None:
    lazy.deferred("import sys, user; assert sys.get_lazy_imports_filter() is None")


def test_resolve_binds_lazy_names(lazy: Python) -> None:
    lazy.write("broken.py", "lazy import no_such_module\n")
    lazy.deferred("""
        import sys, user, broken
        types_of = lambda: {type(user.__dict__[name]).__name__ for name in ("target", "value", "sub")}
        assert types_of() == {"lazy_import"}
        assert atimport.resolve("user", lazy=False).resolved == () and types_of() == {"lazy_import"}
        report = atimport.resolve("user")
        assert report.resolved == ("user.target", "user.value", "user.sub"), report
        assert types_of() == {"module", "int"}, types_of()
        assert atimport.resolve("user").resolved == ()
        ((name, error),) = atimport.resolve("broken").errors
        assert name == "broken.no_such_module" and isinstance(error, ImportError)
    """)


def test_a_late_pin_binds_lazy_names(lazy: Python) -> None:
    lazy.deferred("""
        import user
        report = atimport.overrides.pin_eager("user").report
        assert report.resolved == ("user.target", "user.value", "user.sub"), report
    """)
