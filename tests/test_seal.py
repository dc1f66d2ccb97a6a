"""The seal: what may still be imported, who is named, and that nothing un-seals."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

DECLARED = "__at_import__ = None\nvalue = len('x')\n"
CATCH = """
def refused(function):
    try:
        function()
    except atimport.SealedImportError as error:
        return error
    raise AssertionError("not refused")
"""


def test_an_import_from_elsewhere_is_refused_and_says_who_asked(python: Python) -> None:
    python.write("tool.py", "def late():\n    import fresh_module\n    return fresh_module\n")
    python.write("fresh_module.py", "raise SystemExit('planted code ran')\n")
    python.deferred(
        CATCH
        + """
import tool
assert not atimport.is_sealed()
atimport.seal()
assert atimport.is_sealed()
error = refused(tool.late)
assert isinstance(error, ImportError) and error.name == "fresh_module"
assert (error.importer, error.deferred) == ("tool", None)
assert "'fresh_module'" in str(error) and "tool.py:2" in str(error), error
import json.tool, wave                      # the standard library may
"""
    )


def test_deferred_code_still_runs_and_its_imports_are_refused_by_name(python: Python) -> None:
    python.write(
        "tool.py", "__at_import__ = None\nfrom _trace import ran\nimport wave\nimport other\nvalue = ran(4) or 1\n"
    )
    python.write("other.py", "raise SystemExit('planted code ran')\n")
    python.deferred(
        CATCH
        + """
import tool
atimport.seal()
assert tool.value == 1 and tool.wave.__name__ == "wave"
error = refused(lambda: tool.other)
assert (error.name, error.importer, error.deferred) == ("other", "tool", "tool.other")
assert "because the deferred name 'tool.other' was touched" in str(error)
assert atimport.pending(tool) == ("other",), "refused, and still pending"
"""
        if sys.version_info < (3, 15)
        else CATCH
        + """
import tool
atimport.seal()
assert tool.value == 1 and tool.wave.__name__ == "wave"
error = refused(lambda: tool.other)
assert (error.name, error.deferred) == ("other", "tool.other"), (error.name, error.deferred)
assert atimport.pending(tool) == ("other",), "refused, and still pending"
"""
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import new",
        "from pkg import new",
        "import pkg.new",
        "__import__('new')",
        "importlib.import_module('new')",
        "importlib.import_module('.new', 'pkg')",
        "importlib.reload(pkg)",
        "sys.meta_path.clear(); import new",
        "sys.meta_path[:] = [f for f in sys.meta_path if 'seal' not in repr(f)]; import new",
        "sys.meta_path[:] = [f for f in sys.meta_path if 'seal' not in repr(f)]; importlib.import_module('new')",
        "sys.meta_path.reverse(); importlib.import_module('pkg.new')",
        "sys.path.insert(0, 'shadow'); import wave",
        "import archived",
    ],
)
def test_no_way_round(python: Python, statement: str) -> None:
    import zipfile

    python.write("pkg/__init__.py", "")
    for name in "new", "pkg/new", "shadow/wave":
        python.write(f"{name}.py", "raise SystemExit('planted code ran')\n")
    with zipfile.ZipFile(python.folder / "archive.zip", "w") as archive:
        archive.writestr("archived.py", "raise SystemExit('planted code ran')\n")
    python.deferred(
        CATCH
        + f"""
import importlib, sys, pkg
sys.path.append("archive.zip")
atimport.seal()
def attempt():
    {statement}
refused(attempt)
"""
    )


def test_allowed_by_pattern_and_by_path(python: Python) -> None:
    python.write("plugins/__init__.py", "")
    python.write("plugins/a.py", DECLARED)
    python.write("trusted/here.py", DECLARED)
    python.write("new.py", "raise SystemExit('planted code ran')\n")
    python.deferred(
        CATCH
        + """
import os, sys
sys.path.append(os.path.abspath("trusted"))
atimport.seal(allow=["stdlib", "plugins.*", os.path.abspath("trusted")])
import plugins.a, here, wave
assert not atimport.is_deferred(plugins.a), "nothing is deferred any more"
refused(lambda: __import__("new"))
atimport.seal(allow=[])
refused(lambda: __import__("json.tool"))
atimport.seal(allow="*", mode="warn")
refused(lambda: __import__("new"))
"""
    )


def test_warning_mode_warns_and_goes_on(python: Python) -> None:
    python.write("new.py", "value = 1\n")
    found = python.deferred("atimport.seal(mode='warn'); import new; print(new.value)", warnings="always")
    assert found.lines == ["1"]
    assert found.err.count("SealedImportWarning: 'new' was not imported before the process was sealed") == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [("mode='block'", "mode must be 'raise' or 'warn'"), ("allow='a..b'", "invalid pattern"), ("allow=['']", "empty")],
)
def test_bad_arguments(python: Python, call: str, message: str) -> None:
    python.deferred(f"""
        try:
            atimport.seal({call})
        except ValueError as error:
            assert {message!r} in str(error), error
        else:
            raise AssertionError("accepted")
        assert not atimport.is_sealed()
    """)


def test_missing_modules_stay_missing_without_a_look(python: Python) -> None:
    """What `resolve` found missing fails as a plain ModuleNotFoundError, also when a file has come to be there."""
    python.write("tool.py", "__at_import__ = None\nimport absent\n")
    python.deferred("""
        import sys, tool
        assert len(atimport.resolve("tool").errors) == 1
        atimport.seal()
        open("absent.py", "w").write("raise SystemExit('planted code ran')")
        asked = []
        class Spy:
            def find_spec(self, name, path=None, target=None):
                asked.append(name)
        sys.meta_path.insert(1, Spy())
        try:
            import absent
        except ModuleNotFoundError as error:
            assert type(error) is ModuleNotFoundError and error.name == "absent"
        else:
            raise AssertionError("found")
        assert asked == [], asked
    """)


def test_asking_is_no_import(python: Python) -> None:
    python.write("new.py", "")
    python.deferred("""
        import importlib.util
        atimport.seal()
        assert importlib.util.find_spec("new") is not None
        assert importlib.util.find_spec("no_such") is None
        try:
            import no_such
        except ImportError:
            pass
    """)


def test_nothing_is_read_again_after_the_seal(python: Python) -> None:
    """Source, pyc and image of a deferred module may all be overwritten: what runs is what was imported."""
    python.write("m.py", "__at_import__ = None\nfrom _trace import ran\nvalue = ran(3) or 'imported'\n")
    python.deferred("import m")
    python.deferred("""
        import glob, m
        atimport.seal()
        for path in ["m.py", *glob.glob("__pycache__/m.*")]:
            open(path, "r+b").write(b"raise SystemExit('planted code ran')" * 20)
        opened = []
        import sys
        sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
        assert m.value == "imported"
        assert opened == [], opened
    """)


def test_it_works_without_the_loader(python: Python) -> None:
    python.write("new.py", "raise SystemExit('planted code ran')\n")
    python.run("""
        import atimport
        atimport.seal()
        assert not atimport.is_installed()
        try:
            import new
        except atimport.SealedImportError as error:
            assert error.importer == "__main__"
        else:
            raise AssertionError("imported")
    """)
