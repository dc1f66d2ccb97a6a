"""Bad input gets a clear error or a harmless eager import, and nothing is lost; messages are checked, not only types."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import atimport
from fresh import Python

# --- declarations ---------------------------------------------------------------------------------------------------

FORMS = {
    "another value": ("__at_import__ = 3\n", 1, "is bound to something else than `None`"),
    "a string": ("__at_import__ = 'none'\n", 1, "is bound to something else than `None`"),
    "a call": ("__at_import__ = len('')\n", 1, "is bound to something else than `None`"),
    "a lambda": ("__at_import__ = lambda: None\n", 1, "is bound to something else than `None`"),
    "a class": ("class __at_import__:\n    pass\n", 1, "is bound by a class statement"),
    "an import": ("import os as __at_import__\n", 1, "is bound by an import"),
    "twice": ("__at_import__ = None\n__at_import__ = None\n", 2, "is bound more than once"),
    "none, then a hook": ("__at_import__ = None\ndef __at_import__():\n    pass\n", 2, "is bound more than once"),
    "under a condition": ("if len('x'):\n    __at_import__ = None\n", 1, "is bound under a condition"),
    "in a loop": ("for __at_import__ in [None]:\n    pass\n", 1, "is bound in a loop"),
    "in a try": ("try:\n    __at_import__ = None\nfinally:\n    pass\n", 1, "is bound under a condition"),
    "in a with": (
        "import io\nwith io.StringIO() as __at_import__:\n    pass\n",
        2,
        "is bound inside a `with` statement",
    ),
    "deleted": ("__at_import__ = None\ndel __at_import__\n", 2, "is deleted"),
    "by a walrus": ("(__at_import__ := None)\n", 1, "is bound in a form that is not a declaration"),
    "one of two targets": ("x = __at_import__ = None\n", 1, "is bound together with other names"),
    "in a tuple": ("__at_import__, x = None, 1\n", 1, "is bound together with other names"),
    "annotated": ("__at_import__: None = None\n", 1, "is annotated"),
    "with a parameter": ("def __at_import__(x): pass\n", 1, "has parameters"),
    "with a default": ("def __at_import__(x=1): pass\n", 1, "has parameters"),
    "with a star": ("def __at_import__(*args): pass\n", 1, "has parameters"),
    "async": ("async def __at_import__(): pass\n", 1, "is an async function"),
    "a generator": ("def __at_import__(): yield\n", 1, "is a generator function"),
    "decorated": ("@staticmethod\ndef __at_import__(): pass\n", 1, "is decorated"),
    "global in a function": (
        "__at_import__ = None\ndef f():\n    global __at_import__\n",
        3,
        "is declared `global` in a function",
    ),
}


@pytest.mark.parametrize(("text", "line", "clause"), FORMS.values(), ids=FORMS)
def test_declaration_of_another_form(python: Python, text: str, line: int, clause: str) -> None:
    python.write("m.py", text + "value = len('loaded')\n")
    for _ in range(2):  # the second time, whatever was cached
        found = python.deferred(
            """
            import warnings
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                import m
            assert not atimport.is_deferred(m) and vars(m)["value"] == 6
            (warning,) = caught
            assert warning.category is atimport.DeclarationWarning, warning
            print(warning.filename, warning.lineno, warning.message, sep="\\n")
            """
        )
        message = f"`__at_import__` of module m {clause}; the module was executed eagerly"
        assert found.lines == [str(python.folder / "m.py"), str(line), message]


def test_declaration_warning_as_an_error_fails_the_import(python: Python) -> None:
    python.write("m.py", "__at_import__ = 3\n")
    found = python.deferred(
        """
        import sys
        for attempt in "first", "second":
            try:
                import m
            except atimport.DeclarationWarning as error:
                print(attempt, "m" in sys.modules)
        """
    )
    assert found.lines == ["first False", "second False"]


def test_hidden_declaration_is_no_declaration(python: Python) -> None:
    """A name in a nested scope, or bound behind the analysis' back, declares nothing, and nobody is bothered."""
    python.write("m.py", "def f():\n    __at_import__ = None\nclass C:\n    __at_import__ = None\n"
                 "def g():\n    global __at_import__\n    __at_import__ = None\ng()\nvalue = len('x')\n")  # fmt: skip
    python.deferred("import m; assert not atimport.is_deferred(m) and m.value == 1")


# --- hooks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("portable", [False, True])
def test_hook_that_raises(python: Python, portable: bool) -> None:
    path = python.write(
        "m.py",
        """
        from _trace import ran
        value = ran(2) or 'value'

        def inner():
            raise ZeroDivisionError("from the hook")

        def __at_import__():
            ran(8)
            inner()
        """,
    )
    if portable:
        path.write_text(path.read_text() + "\n__at_import__()\n")
    found = python.deferred(
        """
        import sys, traceback
        for attempt in range(2):
            LINES.clear()
            try:
                import m
            except ZeroDivisionError as error:
                assert LINES == [8] and "m" not in sys.modules, LINES
                assert str(error) == "from the hook" and error.__cause__ is None
                names = [(frame.name, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
                print(names[-2:])
            else:
                raise SystemExit("the import succeeded")
        """
    )
    assert found.lines == ["[('__at_import__', 9), ('inner', 5)]"] * 2


def test_hook_that_raises_shows_a_traceback_without_the_loader(python: Python) -> None:
    python.write("m.py", "def __at_import__():\n    raise ZeroDivisionError('from the hook')\n")
    python.write("main.py", "import m\n")
    found = python.start("-m", "atimport", "run", "main.py", expect=1)
    assert "importlib" not in found.err
    assert "atimport/" not in found.err
    assert found.err.endswith("ZeroDivisionError: from the hook\n")
    assert 'm.py", line 2, in __at_import__' in found.err


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("3", "__at_import__() of m returned int, expected None or a mapping of names to bind"),
        ("'ab'", "__at_import__() of m returned str, expected None or a mapping of names to bind"),
        ("{3: 4}", "__at_import__() of m returned a mapping with the key 3, expected names"),
    ],
)
def test_hook_that_returns_something_else(python: Python, value: str, message: str) -> None:
    python.write("m.py", f"def __at_import__():\n    return {value}\n")
    found = python.deferred("import m", expect=1)
    assert found.err.rstrip().endswith(f"TypeError: {message}")


# --- sources --------------------------------------------------------------------------------------------------------

SOURCES = {
    "syntax": b"__at_import__ = None\nx = (\n",
    "indentation": b"__at_import__ = None\n  x = 1\n",
    "late error": b"__at_import__ = None\nreturn\n",
    "not UTF-8": b"__at_import__ = None\nx = '\xff'\n",
    "unknown encoding": b"# coding: klingon\n__at_import__ = None\n",
    "null byte": b"__at_import__ = None\nx = '\0'\n",
    "BOM and another encoding": b"\xef\xbb\xbf# coding: latin-1\n__at_import__ = None\n",
    "future that isn't": b"__at_import__ = None\nfrom __future__ import teleportation\n",
    "future in the wrong place": b"__at_import__ = None\nx = 1\nfrom __future__ import annotations\n",
    "nonlocal at module level": b"__at_import__ = None\nnonlocal x\n",
    "await outside a function": b"__at_import__ = None\nawait x\n",
}


@pytest.mark.parametrize("assumed", [False, True], ids=["declared", "assumed"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_source_that_cannot_be_read_is_plain_pythons_error(python: Python, source: bytes, assumed: bool) -> None:
    python.write("m.py", source.replace(b"__at_import__ = None\n", b"pass\n") if assumed else source)
    python.write("main.py", "import m\n")
    plain = python.start("main.py", expect=1)
    ours = python.start("-m", "atimport", "run", *(["--defer", "m"] if assumed else []), "main.py", expect=1)
    assert ours.err == plain.err
    assert "Error" in plain.err


GOOD_SOURCES = {
    "latin-1": "# coding: latin-1\n__at_import__ = None\nx = 'é'\ny = len(x)\n".encode("latin-1"),
    "BOM": b"\xef\xbb\xbf__at_import__ = None\nx = '\xc3\xa9'\ny = len(x)\n",
    "CRLF": b"__at_import__ = None\r\nx = '\xc3\xa9'\r\ny = len(x)\r\n",
    "CR": b"__at_import__ = None\rx = '\xc3\xa9'\ry = len(x)\r",
    "form feed": b"__at_import__ = None\n\x0cx = '\xc3\xa9'\n\x0cy = len(x)\n",
    "no newline at the end": b"__at_import__ = None\nx = '\xc3\xa9'\ny = len(x)",
    "continuation lines": b"__at_import__ = None\nx = \\\n '\xc3\xa9'; y = \\\n len(x)\n",
    "non-ASCII names": "__at_import__ = None\nx = 'é'\nﬁ = len(x)\ny = fi\n".encode(),
}


@pytest.mark.parametrize("source", GOOD_SOURCES.values(), ids=GOOD_SOURCES)
def test_unusual_sources_are_deferred_all_the_same(python: Python, source: bytes) -> None:
    python.write("m.py", source)
    python.deferred("""
        import m
        assert "y" in atimport.pending(m)
        assert m.y == 1 and m.x == "\\xe9"
    """)


def test_empty_sources(python: Python) -> None:
    for name, source in {"empty": "", "only": "__at_import__ = None\n", "comment": "# nothing\n"}.items():
        python.write(f"{name}.py", source)
    python.deferred("import empty, only, comment; assert not atimport.is_deferred(only) and only.__at_import__ is None")


# --- patterns -------------------------------------------------------------------------------------------------------

MALFORMED = [
    "",
    " ",
    ".",
    "pkg.",
    ".pkg",
    "pkg..mod",
    "pkg.*.mod",
    "pkg*",
    "*.pkg",
    "**",
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
