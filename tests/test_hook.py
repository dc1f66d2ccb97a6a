"""The hook: once, at import, with what it uses; its result."""

from __future__ import annotations

import pytest

from fresh import Python


@pytest.mark.parametrize("portable", [False, True], ids=["plain", "portable"])
def test_hook_runs_once_and_pulls_what_it_uses(python: Python, portable: bool) -> None:
    path = python.write(
        "m.py",
        """
        from _trace import ran
        used = ran(2) or []
        unused = ran(3) or "unused"

        def __at_import__():
            ran(6)
            used.append("hook")
            global made
            made = "made"
        """,
    )
    if portable:
        path.write_text(path.read_text() + "\n\n__at_import__()\n")
    python.deferred("""
        import m
        assert sorted(LINES) == [2, 6], LINES
        assert m.made == "made" and "made" in dir(m) and m.used == ["hook"]
        assert "unused" in atimport.pending(m)
        import importlib, sys
        assert importlib.import_module("m") is m and LINES.count(6) == 1
        atimport.resolve(m)
        assert sorted(LINES) == [2, 3, 6]
        assert callable(m.__at_import__)
    """)


def test_hook_call_somewhere_else_is_an_ordinary_call(python: Python) -> None:
    """Only the last statement is the portable form; a call before it is the author's own."""
    python.write("m.py", "from _trace import ran\ndef __at_import__():\n    ran(3)\n__at_import__()\nx = ran(5) or 1\n")
    python.deferred("import m; assert LINES[0] == 3; m.x; assert 5 in LINES")


def test_hook_returns_a_mapping(python: Python) -> None:
    python.write(
        "m.py",
        """
        import types
        pending = len("statement")
        other = len("x")

        def __at_import__():
            return types.MappingProxyType({"made": 1, "pending": 2})

        def read():
            return made, pending
        """,
    )
    python.deferred("""
        import m
        assert (m.made, m.pending, m.read()) == (1, 2, (1, 2)), (m.made, m.pending)
        assert "made" in dir(m) and "other" in atimport.pending(m)
    """)
