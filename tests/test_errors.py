"""Deferred code that raises: nothing is swallowed, nothing half done stays, the next touch tries again."""

from __future__ import annotations

import pytest

from fresh import Python

FAILING = """
    __at_import__ = None
    from _trace import ran
    import os
    first = ran(4) or []
    value = ran(5) or int(os.environ["NUMBER"])
    after = ran(6) or value + 1
    other = ran(7) or "other"


    def read():
        return value
"""


def test_error_leaves_the_unit_pending_and_the_next_touch_retries(python: Python) -> None:
    python.write("m.py", FAILING)
    python.deferred("""
        import os, m
        os.environ["NUMBER"] = "three"
        for touch in (lambda: m.value, lambda: m.read(), lambda: m.after, lambda: getattr(m, "value", None), lambda: hasattr(m, "value")):
            LINES.clear()
            try:
                touch()
            except ValueError as error:
                assert str(error).startswith("invalid literal for int()"), error
            else:
                raise SystemExit("no error")
            assert LINES == [5], LINES
            assert {"value", "after"} <= set(atimport.pending(m)) and "value" in dir(m)
        assert m.other == "other"
        os.environ["NUMBER"] = "3"
        assert (m.after, m.value) == (4, 3)
        assert LINES == [5, 7, 5, 6]
    """)


def test_a_submodule_that_was_loaded_stays_an_attribute(python: Python) -> None:
    python.write("p/__init__.py", "__at_import__ = None\nfrom .sub import value\n")
    python.write("p/sub.py", "__at_import__ = None\nimport os\nvalue = int(os.environ['NUMBER'])\n")
    python.deferred("""
        import os, sys, p
        os.environ["NUMBER"] = "three"
        try:
            p.value
        except ValueError:
            pass
        assert "p.sub" in sys.modules
        os.environ["NUMBER"] = "3"
        assert p.value == 3
        assert p.sub is sys.modules["p.sub"] and "sub" in vars(p)
    """)


def test_error_says_where(python: Python) -> None:
    python.write("m.py", FAILING)
    found = python.deferred(
        """
        import os, m, traceback
        os.environ["NUMBER"] = "three"
        try:
            m.after
        except ValueError as error:
            for note in error.__notes__:
                print(note)
            frame = traceback.extract_tb(error.__traceback__)[-1]
            assert (os.path.basename(frame.filename), frame.lineno, frame.name) == ("m.py", 5, "<module>")
            try:
                m.after
            except ValueError as again:
                ours = [note for note in again.__notes__ if not note.startswith("lazy import of")]  # 3.15 adds its own
                assert len(ours) == len(error.__notes__), "notes don't pile up"
        """
    )
    note = found.out
    assert "after" in note
    assert "'m'" in note or " m" in note
    assert "6" in note
    assert str(python.folder / "m.py") in note
    assert "<string>" in note, "who touched it"


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        ("print.missing", "AttributeError", "'builtin_function_or_method' object has no attribute 'missing'"),
        ("{}['missing']", "KeyError", "'missing'"),
        ("missing_name", "NameError", "name 'missing_name' is not defined"),
        ("[][int('3')]", "IndexError", "list index out of range"),
        ("(lambda: unbound)()", "NameError", "name 'unbound' is not defined"),
    ],
)
def test_error_that_a_lookup_would_swallow(python: Python, expression: str, kind: str, text: str) -> None:
    python.write(
        "m.py", f"__at_import__ = None\nvalue = {expression}\nother = len('x')\n\ndef read():\n    return value\n"
    )
    touches = ["m.value", "getattr(m, 'value', None)", "hasattr(m, 'value')", "m.read()"]
    touches += ["exec('from m import value')", "m.read.__globals__['value']", "'value' in m.read.__globals__"]
    wrapped = kind in ("AttributeError", "KeyError", "NameError")
    for touch in touches:
        found = python.deferred(f"""
            import m
            try:
                {touch}
            except Exception as error:
                print(type(error).__name__)
                cause = error.__cause__ if {wrapped} else error
                print(type(cause).__name__, cause)
                if {wrapped}:
                    print(error.name, error.path == m.__file__, error)
            assert "value" in atimport.pending(m) and m.other == 1
        """)
        assert found.lines[0] == ("DeferredExecutionError" if wrapped else kind), touch
        assert found.lines[1] == f"{kind} {text}", touch
        if wrapped:
            assert found.lines[2].split()[1] == "True"
            assert "value" in found.lines[2]
            assert " m" in found.lines[2]


@pytest.mark.parametrize(
    "kind", ["SystemExit", "KeyboardInterrupt", "RecursionError", "MemoryError", "ImportError", "StopIteration"]
)
def test_exceptions_of_every_kind_pass_through(python: Python, kind: str) -> None:
    python.write(
        "source.py",
        f"fail = True\ndef take():\n    if fail:\n        raise {kind}('from deferred code')\n    return 3\n",
    )
    python.write("m.py", "__at_import__ = None\nimport source\npartial = 1\nvalue = source.take()\n")
    python.deferred(f"""
        import source, m
        for _ in range(2):
            try:
                m.value
            except {kind} as error:
                assert error.args == ("from deferred code",)
            else:
                raise SystemExit("no error")
        source.fail = False
        assert m.value == 3
    """)


def test_nothing_half_bound_stays_visible(python: Python) -> None:
    python.write(
        "source.py",
        "fail = True\ndef take(n):\n    if fail and n == 2:\n        raise OSError('later')\n    return n\n",
    )
    python.write(
        "m.py",
        """
        __at_import__ = None
        import source
        for number in range(3):
            first = number
            last = source.take(number)
        def read():
            return first, last, number
        """,
    )
    python.deferred("""
        import source, m
        for name in ("number", "first", "last"):
            try:
                getattr(m, name)
            except OSError:
                pass
            assert atimport.pending(m)[-4:-1] == ("number", "first", "last"), atimport.pending(m)
        source.fail = False
        assert m.read() == (2, 2, 2)
    """)
