"""Lazy objects of the interpreter (3.15) that are copies of one: they hold what those of a statement hold, and die as they do."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 810 came with 3.15")

MODULE = "__at_import__ = None\n" + "".join(f"name{number} = len('x')\n" for number in range(50))

#: `raw(dict, name)`: what stands in a dict, past the interpreter, which would look up what it stands for.
RAW = """
import ctypes, gc, sys
def borrowing(function):
    function.restype = ctypes.c_void_p
    return lambda *given: ctypes.cast(function(*map(ctypes.py_object, given)), ctypes.py_object).value
raw = borrowing(ctypes.pythonapi.PyDict_GetItem)
module_dict = borrowing(ctypes.pythonapi.PyModule_GetDict)
"""


def test_they_hold_what_those_of_a_statement_hold(python: Python) -> None:
    python.write("m.py", MODULE)
    python.deferred(
        RAW
        + """
import m
scratch = {"__builtins__": {"__import__": None, "__lazy_import__": __lazy_import__}}
exec("lazy from x import name7", scratch)
def held(placeholder):
    code = [held for held in gc.get_referents(placeholder) if hasattr(held, "co_code")]
    (declaration,) = [held for held in gc.get_referents(placeholder) if type(held) is type(placeholder)]
    names = [held for held in gc.get_referents(placeholder) if type(held) is str]
    inner = [held for held in gc.get_referents(declaration) if type(held) is dict]
    return len(code), names, [type(held) for held in gc.get_referents(declaration)], ["__import__" in each for each in inner]
def compare():
    ours, theirs = raw(module_dict(m), "name7"), raw(scratch, "name7")
    assert type(ours) is type(theirs)
    assert gc.is_tracked(ours) and gc.is_tracked(theirs)
    assert held(ours) == held(theirs), (held(ours), held(theirs))
    assert held(ours)[1] == ["name7"]
    return [id(held) for held in gc.get_referents(ours) if type(held) is not str]
assert not [name for name in sys.lazy_modules if "atimport" in name], sys.lazy_modules
compare()
assert m.name7 == 1
"""
    )


def test_they_die_with_their_module_and_take_nothing_with_them(python: Python) -> None:
    """A reference that a copy has and doesn't count is gone with the first module; one too many keeps what is of no use."""
    python.write("m.py", MODULE)
    python.deferred(
        RAW
        + """
import weakref
def shared():
    return [held for held in gc.get_referents(raw(module_dict(m), "name7")) if hasattr(held, "co_code")][0]
import m
code = shared()
before = sys.getrefcount(code)
for number in range(200):
    died = weakref.ref(m)
    del sys.modules["m"], m
    gc.collect()
    assert died() is None
    import m
    assert shared() is code
    assert sys.getrefcount(code) == before, (number, before, sys.getrefcount(code))
    assert m.name3 + m.name49 == 2
    before -= 2
    assert sys.getrefcount(code) == before
    before += 2
"""
    )
