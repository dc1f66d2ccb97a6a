"""Bad patterns, targets, environments and interpreters: a clear error or a warning; messages are checked, not only types."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import atimport
from fresh import Python
from test_bad_input import SOURCES

# --- patterns -------------------------------------------------------------------------------------------------------

MALFORMED = [
    "",
    " ",
    ".",
    "pkg.",
    ".pkg",
    "pkg..mod",
    "**",
    "*.*",
    "pkg**",
    "-*",
    "a*" * 200,
    "x" * 1_000_000,
    "é" * 500_000,
    "/no/such/folder",
    "pkg mod",
    "pkg,mod",
    "1pkg",
    "x" * 5000,
]


@pytest.mark.parametrize("pattern", MALFORMED, ids=lambda pattern: repr(pattern)[:12])
@pytest.mark.parametrize("function", [atimport.overrides.pin_eager, atimport.overrides.assume_deferred])
def test_malformed_pattern(function, pattern: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is checked below)
        function(pattern)
    message = str(caught.value)
    assert (pattern[:60] or "empty") in message
    assert "pattern" in message
    assert len(message) < 500, "a message, not a copy of the pattern"


@pytest.mark.parametrize("function", [atimport.overrides.pin_eager, atimport.overrides.assume_deferred])
def test_pattern_of_another_type(function) -> None:
    with pytest.raises(TypeError):
        function(3)


@pytest.mark.parametrize("variable", ["ATIMPORT_EAGER", "ATIMPORT_DEFER"])
def test_malformed_pattern_in_the_environment_warns_and_the_rest_counts(python: Python, variable: str) -> None:
    found = python.run(
        """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import atimport
            atimport.install()
        print(len(caught), caught[0].category.__name__, caught[0].message)
        print(atimport.overrides.decide("pkg.mod").rule, atimport.overrides.decide("other").rule)
        """,
        environment={variable: "pkg.*,a..b, other ,"},
    )
    first, second = found.lines
    assert first.startswith("1 RuntimeWarning ")
    assert variable in first
    assert "a..b" in first
    assert second == "pkg.* other"


def test_unknown_value_of_the_switch_warns(python: Python) -> None:
    found = python.run(
        """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import atimport
            atimport.install()
        for warning in caught:
            print(warning.message)
        """,
        environment={"ATIMPORT": "maybe"},
    )
    assert len(found.lines) == 1
    assert "ATIMPORT" in found.out
    assert "maybe" in found.out


# --- targets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no_such_module", "no module named 'no_such_module'"),
        ("json.no_such_module", "no module named 'json.no_such_module'"),
        ("no_such.module", "no module named 'no_such', so there is no 'no_such.module'"),
        ("textwrap.mod", "'textwrap' is not a package, so there is no 'textwrap.mod'"),
        ("sys", "module 'sys' has no Python source: it is built-in"),
        ("atimport._native", "module 'atimport._native' has no Python source: it is made from "),
        ("no/such/file.py", "no such file: no/such/file.py"),
        ("file.py", "no such file: file.py"),
        ("", "neither a dotted module name nor a path: ''"),
        ("a b", "neither a dotted module name nor a path: 'a b'"),
        ("json..decoder", "neither a dotted module name nor a path: 'json..decoder'"),
    ],
)
def test_explain_target_that_does_not_exist(target: str, message: str) -> None:
    with pytest.raises(LookupError) as caught:
        atimport.explain(target)
    assert str(caught.value).startswith(message)


def test_explain_folder_that_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="not a package, there is no such file"):
        atimport.explain(tmp_path)


def test_explain_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "m.py").symlink_to(tmp_path / "m.py")
    with pytest.raises(LookupError):
        atimport.explain(tmp_path / "m.py")


def test_explain_name_that_does_not_exist() -> None:
    with pytest.raises(LookupError) as caught:
        atimport.explain("textwrap", "no_such_name")
    assert "no_such_name" in str(caught.value)
    assert "textwrap" in str(caught.value)


@pytest.mark.parametrize("source", [SOURCES["syntax"], SOURCES["not UTF-8"], SOURCES["unknown encoding"]])
def test_explain_source_that_cannot_be_read(tmp_path: Path, source: bytes) -> None:
    path = tmp_path / "broken.py"
    path.write_bytes(source)
    with pytest.raises(ValueError, match=r"broken\.py"):
        atimport.explain(path)


@pytest.mark.parametrize("target", ["no_such_module", "no_such_module.*", "json.no_such_name", "no.such.name"])
def test_resolve_target_that_does_not_exist(target: str) -> None:
    import json  # noqa: F401  (so that json.no_such_name speaks of an imported module)

    with pytest.raises(LookupError) as caught:
        atimport.resolve(target)
    assert target.rpartition(".")[2].rstrip("*") in str(caught.value) or target in str(caught.value)


@pytest.mark.parametrize("target", ["", "a..b", "a b"])
def test_resolve_malformed_pattern(target: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        atimport.resolve(target)


@pytest.mark.parametrize("target", [3, b"json"])
def test_resolve_target_of_another_type(target: object) -> None:
    with pytest.raises(TypeError):
        atimport.resolve(target)  # type: ignore[arg-type]


# --- interpreters ---------------------------------------------------------------------------------------------------


def test_sub_interpreter_is_refused_or_eager(python: Python) -> None:
    """Not supported; refused with a message, and the main interpreter goes on."""
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    module = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    found = python.run(
        f"""
        import {module} as interpreters
        other = interpreters.create()
        code = '''if True:
            try:
                import atimport
                atimport.install()
            except (ImportError, RuntimeError) as error:
                print("refused:", error, flush=True)
            import m
            assert m.value == 1
        '''
        problem = interpreters.run_string(other, code)
        interpreters.destroy(other)
        assert problem is None, problem
        import atimport, m
        atimport.install()
        """
    )
    assert found.lines[0].startswith("refused: ")
    assert "interpreter" in found.lines[0]


def test_nothing_is_lost_when_caches_cannot_be_written(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.write("__pycache__", "a file where the folder should be\n")
    python.deferred("import m; assert atimport.pending(m) == ('value',) and m.value == 1")
    assert (python.folder / "__pycache__").is_file()
    assert os.listdir(python.folder).count("m.py") == 1
