"""Names and paths that are no plain text, and interpreters on which others have laid hands: as plain Python has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fresh import Python

HOOKED = """
from _trace import ran
ran("body")
value = ran("value") or 41
def __at_import__():
    ran("hook")
    ran(value)
"""


def odd_folder(python: Python) -> Path:
    """Make a folder whose name can't be decoded."""
    folder = Path(os.fsdecode(os.fsencode(python.folder) + b"/d\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system has only names that are Unicode")
    return folder


def test_folder_whose_name_cannot_be_decoded(python: Python) -> None:
    """Modules there are executed eagerly, hook included."""
    folder = odd_folder(python)
    (folder / "m.py").write_text(HOOKED)
    (folder / "plain.py").write_text("value = 1\n")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "__init__.py").write_text("__at_import__ = None\nvalue = len('x')\n")
    (folder / "pkg" / "sub.py").write_text("__at_import__ = None\nvalue = len('xy')\n")
    for _ in range(2):
        python.deferred(
            """
            import os, sys
            sys.path.insert(0, os.fsdecode(os.fsencode(os.getcwd()) + b"/d\\xff"))
            import m, plain, pkg.sub
            assert LINES == ["body", "value", "hook", None], LINES
            assert (m.value, plain.value, pkg.value, pkg.sub.value) == (41, 1, 1, 2)
            assert not atimport.is_deferred(m) and m.__file__.startswith(sys.path[0])
            """.replace('"hook", None', '"hook", 41')
        )


def test_module_whose_name_cannot_be_encoded(python: Python) -> None:
    try:
        (python.folder / os.fsdecode(b"m\xff.py")).write_text(HOOKED)
    except OSError:
        pytest.skip("this file system has only names that are Unicode")
    for _ in range(2):
        python.deferred("""
            import importlib
            module = importlib.import_module("m\\udcff")
            assert LINES == ["body", "value", "hook", 41], LINES
            assert module.value == 41 and module.__name__ == "m\\udcff"
            try:
                importlib.import_module("n\\udcff")
            except ModuleNotFoundError as error:
                assert error.name == "n\\udcff"
        """)


def test_a_sealed_process_refuses_such_a_name(python: Python) -> None:
    for name in (b"m\xff.py", b"m\xfe.py"):
        try:
            (python.folder / os.fsdecode(name)).write_text("value = 1\n")
        except OSError:
            pytest.skip("this file system has only names that are Unicode")
    python.deferred("""
        import importlib
        importlib.import_module("m\\udcff")
        atimport.seal()
        try:
            importlib.import_module("m\\udcfe")
        except atimport.SealedImportError:
            pass
        else:
            raise SystemExit("imported all the same")
    """)


def test_path_object(python: Python) -> None:
    """A loader may be given any path that `os.fspath` takes."""
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.deferred("""
        import importlib.machinery, importlib.util, pathlib
        spec = importlib.util.find_spec("m")
        spec.loader.path = pathlib.Path(spec.loader.path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.value == 1
    """)


def test_file_system_in_another_encoding(python: Python) -> None:
    """Rust's paths are UTF-8: where the interpreter's are not, its own methods find and read the file."""
    locales = python.folder / "locales"
    locales.mkdir()
    tool = shutil.which("localedef")
    words = [tool or "", "-f", "ISO-8859-1", "-i", "en_US", str(locales / "en_US.ISO-8859-1")]
    if not tool or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no locale whose encoding isn't UTF-8 can be made here")
    folder = Path(os.fsdecode(os.fsencode(python.folder) + b"/d\xe9"))
    folder.mkdir()
    (folder / "m.py").write_text(HOOKED)
    (folder / os.fsdecode(b"\xe9.py")).write_text("__at_import__ = None\nvalue = len('xyz')\n")
    python.write("plain.py", "__at_import__ = None\nvalue = len('x')\n")
    environment = {"LOCPATH": str(locales), "LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"}
    code = """
        import importlib, os, sys
        assert sys.getfilesystemencoding() == "iso8859-1", sys.getfilesystemencoding()
        sys.path.insert(0, os.getcwd() + "/d\\xe9")
        import m, plain
        assert LINES == ["body", "value", "hook", 41] and m.__file__ == sys.path[0] + "/m.py"
        assert importlib.import_module("\\xe9").value == 3
        assert atimport.is_deferred(plain) and plain.value == 1
    """
    for _ in range(2):
        python.deferred(code, environment=environment)


def test_attributes_with_lone_surrogates(python: Python) -> None:
    python.write(
        "pkg/__init__.py", "__at_import__ = None\nglobals()['\\udcfe'] = 1\nvalue = len('x')\nlate = len('xy')\n"
    )
    python.deferred(r"""
        import pkg
        assert not hasattr(pkg, "\udcff") and getattr(pkg, "\udcfe") == 1
        setattr(pkg, "\udcff", 2)
        assert getattr(pkg, "\udcff") == 2 and "value" in atimport.pending(pkg)
        delattr(pkg, "\udcff")
        assert not hasattr(pkg, "\udcff")
        try:
            getattr(pkg, "\udcff")
        except AttributeError as error:
            assert error.name == "\udcff"
        seen = {}
        exec("from pkg import *", seen)
        assert seen["value"] == 1 and seen["\udcfe"] == 1
        assert (pkg.value, pkg.late, vars(pkg)["\udcfe"]) == (1, 2, 1)
    """)


def test_hook_that_binds_a_name_with_a_lone_surrogate(python: Python) -> None:
    python.write("m.py", "value = len('x')\ndef __at_import__():\n    return {'\\udcff': 1}\n")
    python.deferred(r"""
        import m
        assert vars(m)["\udcff"] == 1 and m.value == 1
    """)


def test_touching_a_name_needs_no_import(python: Python) -> None:
    """Tests put something into the place of `__import__` that raises; an eager module would not notice."""
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\nlist = [value]\ndef f():\n    return value\n")
    python.write("pkg/__init__.py", "__at_import__ = None\nvalue = len('x')\nother = len('xy')\n")
    python.write("pkg/sub.py", "")
    python.write("star.py", "__at_import__ = None\none = len('x')\ntwo = len('xy')\n")
    python.deferred("""
        import builtins, sys
        import m, pkg, star

        def refuse(*arguments, **keywords):
            raise ImportError("mocked")

        real, builtins.__import__ = builtins.__import__, refuse
        blocked = ("sys", "gc", "builtins", "marshal", "_thread", "_frozen_importlib", "_frozen_importlib_external")
        kept = {name: sys.modules.get(name) for name in blocked}
        sys.modules.update(dict.fromkeys(blocked))
        try:
            assert m.f() == 1 and m.value == 1
            assert not hasattr(m, "missing") and not hasattr(pkg, "missing") and hasattr(pkg, "other")
            dict(vars(m)), dir(pkg)
            pkg.value = 3
            assert vars(pkg)["value"] == 3
            assert not atimport.resolve("star").errors
        finally:
            builtins.__import__ = real
            sys.modules.update(kept)
        assert m.list == [1] and star.two == 2
    """)


@pytest.mark.parametrize("owner", ["SourceLoader", "SourceFileLoader"])
def test_whoever_replaces_the_stock_exec_module_is_asked(python: Python, owner: str) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.write("n.py", "__at_import__ = None\nvalue = len('x')\n")
    python.deferred(f"""
        import importlib.machinery, importlib._bootstrap_external
        stock = importlib._bootstrap_external.{owner}
        real = stock.exec_module

        def exec_module(self, module):
            real(self, module)
            module.seen = type(self).__name__

        stock.exec_module = exec_module
        import m
        assert vars(m)["value"] == 1 and m.seen == "DeferringSourceLoader" and not atimport.is_deferred(m)
        if "exec_module" in vars(importlib._bootstrap_external._LoaderBasics) and {owner!r} == "SourceLoader":
            del stock.exec_module
        else:
            stock.exec_module = real
    """)


def test_interpreter_of_these_tests_has_utf8_paths() -> None:
    """Else the other tests would not test what is native."""
    assert sys.getfilesystemencoding() == "utf-8"
