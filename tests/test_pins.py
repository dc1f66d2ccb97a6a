"""`pins.py`, vendored by copying: with the native loader, with PEP 810's lazy objects, and with nothing at all."""

from __future__ import annotations

import ast
import shutil
import sys

import pytest

from fresh import ROOT, Python

FILE = ROOT / "python" / "atimport" / "pins.py"
DECLARED = "__at_import__ = None\nvalue = len('x')\n"
LAZY = pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 came with 3.15")


@pytest.fixture
def tool(python: Python) -> Python:
    """Give a Python with a tool that has vendored the file and pins itself."""
    python.write("tool/__init__.py", "from tool import pins\npins.pin('tool.*', reason='replaces itself')\n")
    shutil.copyfile(FILE, python.folder / "tool" / "pins.py")
    python.write("tool/late.py", DECLARED)
    python.write("other.py", DECLARED)
    python.write("new.py", "raise SystemExit('planted code ran')\n")
    return python


def test_it_is_one_file_without_dependencies() -> None:
    tree = ast.parse(FILE.read_text(), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= {"sys", "os", "types", "warnings"}
        if isinstance(node, ast.ImportFrom):
            assert node.module in ("__future__", "collections.abc", "types", "typing")
    assert FILE.read_text().count("import ") < 20


def test_importing_it_does_not_import_atimport(tool: Python) -> None:
    tool.run("import sys, tool; assert 'atimport' not in sys.modules and '_native' not in str(sys.modules)")


def test_with_the_native_loader(tool: Python) -> None:
    tool.deferred("""
        import tool, tool.late, other
        assert not atimport.is_deferred(tool.late) and atimport.is_deferred(other)
        decision = atimport.overrides.decide("tool.late")
        assert (decision.rule, decision.source, decision.reason) == ("tool.*", "pin_eager", "replaces itself")
        assert decision.rules[0].owner == "tool.pins"
        assert tool.pins.is_pinned("tool.x") and not tool.pins.is_pinned("other")
        assert "other.value" in tool.pins.pending() and tool.pins.pending("tool.*") == ()
        assert tool.pins.pending("other") == ("other.value",)
        assert tool.pins.resolve("nothing.*").resolved == []
        assert tool.pins.resolve("other").resolved == ["other.value"]
        assert tool.pins.resolve("other").resolved == []
        tool.pins.seal()
        assert atimport.is_sealed()
        try:
            import new
        except atimport.SealedImportError:
            pass
    """)


def test_pins_made_before_atimport_is_imported_count(tool: Python) -> None:
    tool.run("""
        import tool
        import atimport
        atimport.install()
        import tool.late, other
        assert not atimport.is_deferred(tool.late) and atimport.is_deferred(other)
    """)


@pytest.mark.parametrize("native", [False, True])
def test_errors_are_collected(tool: Python, native: bool) -> None:
    tool.write("bad.py", "__at_import__ = None\nworse = 1 // 0\n")
    if not native:
        return_early = sys.version_info < (3, 15)
        tool.write("bad.py", "worse = 1\n" if return_early else "lazy import worse\n")
        tool.write("worse.py", "1 // 0\n")
    tool.run(f"""
        import tool
        if {native}:
            import atimport; atimport.install()
        import bad
        report = tool.pins.resolve("bad")
        expected = ["bad.worse"] if {native} or {sys.version_info >= (3, 15)} else []
        assert [name for name, error in report.errors] == expected, report.errors
        assert report.resolved == []
        assert list(tool.pins.pending("bad")) == expected
    """)


@LAZY
def test_with_lazy_objects_alone(tool: Python) -> None:
    tool.write("tool/user.py", "lazy import target\n")
    tool.write("user.py", "lazy import target\nlazy import wave\n")
    tool.write("target.py", "lazy import below\n")
    tool.write("below.py", "")
    tool.run("""
        import sys, user
        asked = []
        sys.set_lazy_imports_filter(lambda importer, name, fromlist: asked.append(name) or True)
        import tool, tool.user
        assert "target" in sys.modules, "eager because of the pin"
        import importlib; importlib.reload(user)
        assert "wave" not in sys.modules and "wave" in asked, "the other filter is asked about others"
        ours = {"user.target", "user.wave", "target.below"}
        assert set(tool.pins.pending()) >= ours, "and what the standard library imports lazily"
        report = tool.pins.resolve()
        assert set(report.resolved) >= ours and report.errors == [], report.resolved
        assert type(user.__dict__["wave"]) is type(sys) and tool.pins.pending() == ()
        assert tool.pins.resolve().resolved == []
    """)


def test_with_nothing_at_all(tool: Python) -> None:
    tool.run("""
        import sys, tool, tool.late, other
        assert other.value == 1 and tool.pins.pending("other") == () and tool.pins.resolve("other").resolved == []
        assert sys.at_import_eager == ("tool.*",)
        assert tool.pins.is_pinned("tool") and not tool.pins.is_pinned("toolbox")
    """)


@pytest.mark.parametrize(
    "statement",
    [
        "import new",
        "importlib.import_module('new')",
        "importlib.reload(other)",
        "sys.meta_path.clear(); import new",
        "sys.path.insert(0, 'shadow'); import wave",
    ],
)
def test_the_seal_without_atimport(tool: Python, statement: str) -> None:
    tool.write("shadow/wave.py", "raise SystemExit('planted code ran')\n")
    tool.run(f"""
        import importlib, importlib.util, sys, tool, other
        tool.pins.seal()
        import json.tool, sqlite3
        assert importlib.util.find_spec("new") is not None
        try:
            {statement}
        except tool.pins.SealedImportError as error:
            assert "<string>:" in str(error) and error.name in ("new", "wave", "other"), error
        else:
            raise AssertionError("not refused")
        assert "atimport" not in sys.modules
    """)


def test_the_seal_allows_and_warns(tool: Python) -> None:
    tool.write("plugins/__init__.py", "")
    tool.write("fresh.py", "value = 1\n")
    found = tool.run(
        """
        import tool
        tool.pins.seal(["plugins.*"], mode="warn")
        import plugins, fresh
        print(fresh.value)
        """,
        warnings="always",
    )
    assert found.lines == ["1"]
    assert found.err.count("'fresh' was not imported before the process was sealed") == 1
    assert "plugins" not in found.err


@pytest.mark.parametrize("pattern", ["", "a..b", "a*", "*.a", "a b", "x" * 1000 + "-", "a.*.*"])
def test_malformed_patterns(tool: Python, pattern: str) -> None:
    tool.run(f"""
        import tool
        for call in tool.pins.pin, tool.pins.resolve, tool.pins.pending, lambda pattern: tool.pins.seal([pattern]):
            try:
                call({pattern!r})
            except ValueError as error:
                assert "invalid pattern" in str(error) and len(str(error)) < 300
            else:
                raise AssertionError("accepted")
    """)
