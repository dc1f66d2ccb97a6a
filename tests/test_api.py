"""The public API: what is exported, installing and uninstalling, asking, resolving, explaining."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

import atimport
from atimport.explanation import find_source
from atimport.support import refusal
from fresh import ROOT, Python

MODULE = """
    __at_import__ = None
    from _trace import ran
    a = ran(3) or 1
    b = ran(4) or a + 1
    c = ran(5) or 3
"""


def test_all_is_complete() -> None:
    public = {
        name
        for name in dir(atimport)
        if not name.startswith("_")
        and not (isinstance(getattr(atimport, name), types.ModuleType) and name != "overrides")
    }
    # submodules are not part of the API
    assert public == set(atimport.__all__)
    assert atimport.__all__ == sorted(atimport.__all__, key=lambda name: (name.islower(), name))


@pytest.mark.parametrize("name", atimport.__all__)
def test_everything_public_is_documented(name: str) -> None:
    assert (getattr(atimport, name).__doc__ or "").strip()


def test_types_are_what_others_catch() -> None:
    assert issubclass(atimport.DeferredExecutionError, RuntimeError)
    assert not issubclass(atimport.DeferredExecutionError, ImportError | AttributeError | LookupError | NameError)
    assert issubclass(atimport.DeclarationWarning, RuntimeWarning)


def test_options_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        atimport.overrides.pin_eager("pkg", "reason")  # type: ignore[misc]
    with pytest.raises(TypeError):
        atimport.overrides.assume_deferred("pkg", "reason")  # type: ignore[misc]


def test_install_is_idempotent_and_reversible(python: Python) -> None:
    python.write("m.py", MODULE)
    python.run("""
        import sys, atimport
        hooks, finders = sys.path_hooks[:], sys.meta_path[:]
        assert not atimport.is_installed()
        atimport.uninstall()
        atimport.install(); atimport.install()
        assert atimport.is_installed()
        changed = sys.path_hooks[:]
        atimport.uninstall()
        assert not atimport.is_installed()
        assert (sys.path_hooks, sys.meta_path) == (hooks, finders)
        atimport.uninstall()
        atimport.install()
        assert sys.path_hooks == changed, "the hooks keep their identity"
        import m
        assert atimport.is_deferred(m)
    """)


def test_install_as_context_manager(python: Python) -> None:
    python.write("m.py", MODULE)
    python.write("n.py", MODULE)
    python.run("""
        import atimport
        with atimport.install() as installation:
            assert atimport.is_installed()
            import m
        assert not atimport.is_installed()
        import n
        assert atimport.is_deferred(m) and not atimport.is_deferred(n)
        assert m.b == 2, "what was deferred stays usable"
        atimport.install()
        with atimport.install():
            pass
        assert atimport.is_installed(), "it was installed before the block"
        installation.__exit__(None, None, None)
        assert atimport.is_installed(), "a block ends once"
        try:
            with atimport.install():
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    """)


def test_asking_triggers_nothing(python: Python) -> None:
    python.write("m.py", MODULE)
    python.deferred("""
        import m
        assert atimport.pending(m) == ("ran", "a", "b", "c") and atimport.is_deferred(m)
        repr(m), dir(m), atimport.counts(), m.__name__, m.__spec__, m.__file__
        assert LINES == []
        m.b
        assert atimport.pending(m) == ("c",)
        assert LINES == [3, 4]
        m.c
        assert atimport.pending(m) == () and not atimport.is_deferred(m)
    """)


def test_modules_that_are_not_deferred(python: Python) -> None:
    python.deferred("""
        import json, sys, types
        for module in (json, sys, types.ModuleType("made")):
            assert not atimport.is_deferred(module) and atimport.pending(module) == ()
        assert atimport.resolve(json).resolved == ()
    """)


@pytest.mark.parametrize("function", [atimport.is_deferred, atimport.pending])
@pytest.mark.parametrize("argument", ["json", None, 3])
def test_asking_about_something_else_is_a_type_error(function, argument) -> None:
    with pytest.raises(TypeError):
        function(argument)


def test_counts_outlive_the_module(python: Python) -> None:
    python.write("m.py", MODULE)
    python.deferred("""
        import m
        before = atimport.counts()["m"]
        assert (before.units_run, before.names >= 4, before.units >= 4) == (0, True, True), before
        atimport.resolve(m)
        after = atimport.counts()["m"]
        assert after.units_run == after.units == before.units
        assert "json" not in atimport.counts()
    """)


@pytest.mark.parametrize(
    ("target", "lines", "resolved"),
    [
        ("m", [3, 4, 5], {"m.ran", "m.a", "m.b", "m.c"}),
        ("*", [3, 4, 5], {"m.ran", "m.a", "m.b", "m.c"}),
        ("m.*", [3, 4, 5], {"m.ran", "m.a", "m.b", "m.c"}),
        ("m.b", [3, 4], {"m.b"}),
        ("m.c", [5], {"m.c"}),
    ],
)
def test_resolve_by_name(python: Python, target: str, lines: list[int], resolved: set[str]) -> None:
    python.write("m.py", MODULE)
    found = python.deferred(f"""
        import m
        report = atimport.resolve({target!r})
        assert report.errors == ()
        assert sorted(LINES) == {lines}, LINES
        print(*report.resolved, sep="\\n")
        assert atimport.resolve({target!r}).resolved == (), "idempotent"
    """)
    # what a name depends on may be reported too
    assert resolved <= set(found.lines)
    others = {name for name in found.lines if not name.startswith("m.")}
    assert not others or (target == "*" and sys.version_info >= (3, 15)), "the standard library's `lazy import`s"


def test_resolve_takes_a_module_and_defaults_to_everything(python: Python) -> None:
    python.write("m.py", MODULE)
    python.write("n.py", MODULE)
    python.deferred("""
        import m, n
        assert set(atimport.resolve(m).resolved) == {"m.ran", "m.a", "m.b", "m.c"}
        assert not atimport.is_deferred(m) and atimport.is_deferred(n)
        assert set(atimport.resolve(lazy=False).resolved) == {"n.ran", "n.a", "n.b", "n.c"}
        assert set(atimport.resolve(lazy=False).resolved) == set()
    """)


def test_resolve_goes_on_to_what_is_imported_meanwhile(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom pkg.sub import value\n")
    python.write("pkg/sub.py", "__at_import__ = None\nvalue = int('3')\nother = int('4')\n")
    python.deferred("""
        import sys, pkg
        assert "pkg.sub" not in sys.modules
        assert {"pkg.value", "pkg.sub.other"} <= set(atimport.resolve("pkg.*").resolved)
        assert not atimport.is_deferred(sys.modules["pkg.sub"])
    """)


def test_resolve_collects_errors(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\na = 1 / int('0')\nb = int('2')\nc = int('x')\n")
    python.deferred("""
        import m
        report = atimport.resolve("m")
        assert "m.b" in report.resolved
        errors = dict(report.errors)
        assert set(errors) == {"m.a", "m.c"}
        assert type(errors["m.a"]) is ZeroDivisionError and type(errors["m.c"]) is ValueError
        assert atimport.pending(m) == ("a", "c")
    """)


def test_explain_the_discussion() -> None:
    path = ROOT / "examples" / "discussion" / "dice.py"
    whole = atimport.explain(path)
    assert whole.name is None
    assert "None" in whole.declaration
    assert [s.first_line for s in whole.statements][-5:] == [5, 6, 7, 8, 10]
    for name, lines in {"a": [5], "b": [6], "c": [5, 7, 8], "d": [5, 6, 7, 8, 10]}.items():
        found = atimport.explain(str(path), name)
        assert found.name == name
        assert [s.first_line for s in found.statements if s.first_line > 3] == lines
        assert all(s.reason for s in found.statements)
        assert not any(s.at_import for s in found.statements if s.first_line > 3)
    condition = atimport.explain(path, "c").statements[-1]
    assert (condition.first_line, condition.last_line, tuple(condition.names)) == (8, 9, ("c",))


def test_explain_returns_tuples() -> None:
    found = atimport.explain("textwrap")
    assert type(found.statements) is tuple
    assert type(found.diagnostics) is tuple
    assert type(found.statements[0].names) is tuple


def test_find_source_imports_nothing(python: Python) -> None:
    python.write("pkg/__init__.py", "raise SystemExit('imported')\n")
    python.write("pkg/inner/__init__.py", "raise SystemExit('imported')\n")
    python.write("pkg/inner/mod.py", "value = 3\n")
    python.write("space/deeper/mod.py", "value = 4\n")
    python.run("""
        import sys, atimport
        from atimport.explanation import find_source
        before = set(sys.modules)
        found = find_source("pkg.inner.mod")
        assert (found.module, found.is_package, found.text) == ("pkg.inner.mod", False, "value = 3\\n")
        found = find_source("pkg.inner")
        assert (found.module, found.is_package) == ("pkg.inner", True)
        found = find_source("space.deeper.mod")
        assert (found.module, found.text) == ("space.deeper.mod", "value = 4\\n")
        atimport.explain("pkg.inner.mod", "value")
        assert {name for name in set(sys.modules) - before if name.startswith(("pkg", "space"))} == set()
    """)


def test_find_source_of_paths(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("a = 1\n")
    (tmp_path / "pkg" / "mod.py").write_text("b = 1\n")
    assert find_source(tmp_path / "pkg" / "mod.py").module == "pkg.mod"
    assert find_source(tmp_path / "pkg").module == "pkg"
    assert find_source(str(tmp_path / "pkg" / "__init__.py")).is_package


INTERPRETERS = [
    ("cpython", (3, 11, 0), "3.11.0 (main)", None),
    ("cpython", (3, 15, 2), "3.15.2 (main)", None),
    ("cpython", (3, 10, 9), "3.10.9", "atimport runs on CPython 3.11 to 3.15; this is CPython 3.10"),
    ("cpython", (3, 16, 0), "3.16.0a1", "atimport runs on CPython 3.11 to 3.15; this is CPython 3.16"),
    ("pypy", (3, 11, 13), "3.11.13", "atimport runs on CPython 3.11 to 3.15; this is pypy 3.11"),
    (
        "cpython",
        (3, 13, 1),
        "3.13.1 experimental free-threading build (main)",
        "atimport runs on CPython 3.11 to 3.15 with the GIL; this is a free-threaded build of CPython 3.13",
    ),
]


@pytest.mark.parametrize(("implementation", "version", "build", "expected"), INTERPRETERS)
def test_refusal(implementation: str, version: tuple[int, ...], build: str, expected: str | None) -> None:
    assert refusal(implementation=implementation, version=version, build=build) == expected


@pytest.mark.parametrize(("implementation", "version", "build", "expected"), INTERPRETERS)
def test_unsupported_interpreter_cannot_import(
    python: Python, implementation: str, version: tuple[int, ...], build: str, expected: str | None
) -> None:
    """The package has the conditions of `refusal` once more, and they are the same."""
    found = python.run(
        f"""
        import sys
        class Version(tuple): pass
        sys.implementation.name, sys.version_info, sys.version = {implementation!r}, Version({version}), {build!r}
        import atimport
        """,
        expect=0 if expected is None else 1,
    )
    assert found.err.rstrip().endswith(f"ImportError: {expected}" if expected else ""), found.err


def test_what_is_said_in_python_is_loaded_when_it_is_asked_for(python: Python) -> None:
    python.run("""
        import sys
        before = set(sys.modules)
        import atimport
        assert set(sys.modules) - before == {"atimport", "atimport._native"}, set(sys.modules) - before
        assert set(atimport.__all__) <= set(dir(atimport)) and "explain" not in vars(atimport)
        for name in atimport.__all__:
            if name != "seal":
                assert getattr(atimport, name) is getattr(atimport, name) is vars(atimport)[name]
        import atimport.overrides, atimport.explanation, pickle
        assert atimport.overrides is sys.modules["atimport.overrides"]
        assert atimport.explain is atimport.explanation.explain
        assert pickle.loads(pickle.dumps(atimport.prefetch)) is atimport.prefetch
        assert not hasattr(atimport, "explane") and not hasattr(atimport, "TYPE_CHECKING")
        try:
            atimport.explane
        except AttributeError as error:
            assert (str(error), error.name, error.obj) == (
                "module 'atimport' has no attribute 'explane'", "explane", atimport
            )
    """)


def test_a_star_import_gives_everything(python: Python) -> None:
    python.run("""
        from atimport import *
        import atimport
        assert all(globals()[name] is getattr(atimport, name) for name in atimport.__all__)
    """)


def test_once_sealed_the_package_is_complete(python: Python) -> None:
    python.run("""
        import atimport
        atimport.install = "somebody's own"
        atimport.seal()
        assert atimport.install == "somebody's own"
        assert atimport.explain("textwrap", "dedent").name == "dedent"
        assert atimport.prefetch("textwrap") == 0
        atimport.overrides.decide("json")
        with atimport.installation.install():
            pass
    """)
