"""Bad modules get a clear error or a harmless eager import, and nothing is lost; messages are checked, not only types."""

from __future__ import annotations

import pytest

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
        "is declared `global`",
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


@pytest.mark.parametrize("assumed", [False, True], ids=["declared", "assumed"])
def test_warnings_of_the_compiler_come_once(python: Python, assumed: bool) -> None:
    python.write(
        "m.py", ("" if assumed else "__at_import__ = None\n") + "x = len('\\z')\n\n\ndef f():\n    return f is 1\n"
    )
    found = python.deferred(
        f"""
        import warnings
        if {assumed}:
            atimport.overrides.assume_deferred("m")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import m
            assert atimport.is_deferred(m)
            m.x, m.f
        print(*sorted(str(one.message)[:16] for one in caught), sep="\\n")
        """
    )
    assert len(found.lines) == 2, found.lines


def test_module_that_cannot_be_split_is_compiled_once(python: Python) -> None:
    """It may be a hundred megabytes long."""
    python.write("m.py", "__at_import__ = None\n" + "x = 1\n" * 50_001)
    found = python.deferred(
        """
        import sys
        sys.addaudithook(lambda event, arguments: event == "compile" and print("compiled"))
        import m
        assert m.x == 1
        """,
        warnings="ignore",
        environment={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert found.lines == ["compiled"]


def test_empty_sources(python: Python) -> None:
    for name, source in {"empty": "", "only": "__at_import__ = None\n", "comment": "# nothing\n"}.items():
        python.write(f"{name}.py", source)
    python.deferred("import empty, only, comment; assert not atimport.is_deferred(only) and only.__at_import__ is None")


@pytest.mark.parametrize("assumed", [False, True], ids=["declared", "assumed"])
def test_source_that_only_cpython_reads(python: Python, assumed: bool) -> None:
    """A tree deeper than the analysis goes: eager with a warning; where CPython refuses it too, CPython's error."""
    python.write("m.py", ("" if assumed else "__at_import__ = None\n") + f"value = {' + '.join(['1'] * 4000)}\n")
    python.write("main.py", "import m; print(m.value)\n")
    plain = python.start("main.py", expect=None)
    for _ in range(2):  # the second time, whatever was cached
        words = ["-m", "atimport", "run", *(["--defer", "m"] if assumed else []), "main.py"]
        ours = python.start(*words, expect=None, warnings="always")
        assert (ours.status, ours.out) == (plain.status, plain.out)
        if plain.status == 0:
            warning = f"{python.folder}/m.py:1: DeclarationWarning: module m can't be split ("
            assert ours.err.count("Warning") == 1
            assert ours.err.startswith(warning), ours.err
            assert "it was executed eagerly" in ours.err
        else:
            assert ours.err == plain.err
