"""The annotations of a module, and from 3.14 on the function that makes them, are those of an eager import."""

from __future__ import annotations

import pytest

from fresh import Python

LOOK = """
import m
made = getattr(m, "__annotate__", None)
code = getattr(made, "__code__", None)
lines = list(code.co_lines()) if code else None
print(getattr(code, "co_code", None), getattr(code, "co_consts", None), lines, list(m.__annotations__.items()))
"""
SOURCES = {
    "plain": "\n\na: int = 1\nb: str\n",
    "in a branch": "x = 1\nif x:\n    a: int = 1\nb: str = 'b'\n",
    "from the first line, and where nothing runs": "a: int\nif 0:\n    b: int = 1\n",
    "on both sides of a loop": "a: int = 1\nfor x in []:\n    b: int\nelse:\n    c: 0\n",
    "in a branch of the first line": "if 1: a: int\nwhile 0:\n    b: int\n",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_they_are_made_by_the_same_function(python: Python, source: str) -> None:
    python.write("m.py", source + "__at_import__ = None\n")
    told = [python.start("-c", install + LOOK).lines for install in ("", "import atimport; atimport.install()\n")]
    assert told[0] == told[1]
