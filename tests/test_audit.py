"""Audit events (PEP 578): deferral, execution, rules and the seal are announced, and a hook can stop each of them."""

from __future__ import annotations

import pytest

from fresh import Python

HOOK = """
import sys
seen = []
veto = set()
def hook(event, arguments):
    if event.startswith("atimport."):
        seen.append((event, *arguments))
        if event in veto:
            raise PermissionError(event)
sys.addaudithook(hook)
def vetoed(function):
    try:
        function()
    except PermissionError as error:
        return str(error)
    raise AssertionError("not stopped")
"""


def test_the_events_and_their_arguments(python: Python) -> None:
    path = python.write("m.py", "__at_import__ = None\nif len('x'):\n    a = 1\n    b = 2\nc = a + 1\n")
    python.deferred(
        HOOK
        + f"""
import m
assert seen == [("atimport.defer", "m", {str(path)!r})], seen
seen.clear()
assert m.c == 2
assert seen == [("atimport.execute", "m", ("a", "b"), "2-4"), ("atimport.execute", "m", ("c",), "5")], seen
seen.clear()
token = atimport.overrides.pin_eager("x.*", owner="me", reason="why")
token.withdraw()
atimport.overrides.assume_deferred("y")
sys.at_import_eager = ("z",)
atimport.overrides.decide("z")
atimport.overrides.freeze()
atimport.seal(allow=["stdlib", "p"], mode="warn")
assert seen == [
    ("atimport.override", "pin_eager", "x.*", "me", "why"),
    ("atimport.override", "withdraw", "x.*", "me", "why"),
    ("atimport.override", "assume_deferred", "y", "__main__", ""),
    ("atimport.override", "pin_eager", "z", "sys.at_import_eager", ""),
    ("atimport.override", "freeze", "", "__main__", ""),
    ("atimport.seal", ("stdlib", "p"), "warn"),
], seen
"""
    )


def test_hooks_may_keep_the_arguments(python: Python) -> None:
    """They are made for the hooks, which own them from then on: without a reference of theirs they would be freed memory."""
    python.write("m.py", "__at_import__ = None\n" + "".join(f"name{n} = len('x')\n" for n in range(500)))
    python.deferred(
        """
import gc, sys
kept = []
sys.addaudithook(lambda event, arguments: kept.append(arguments) if event == "atimport.execute" else None)
sys.addaudithook(lambda event, arguments: kept.append(arguments) if event == "atimport.execute" else None)
import m
for number in range(500):
    getattr(m, f"name{number}")
gc.collect()
other = [(str(number), number) for number in range(5000)]
assert len(kept) == 1000
for number, arguments in enumerate(kept):
    assert arguments == ("m", (f"name{number // 2}",), str(number // 2 + 2)), arguments
    assert sys.getrefcount(arguments) < 6, sys.getrefcount(arguments)
"""
    )


def test_a_hook_that_raises_leaves_the_unit_pending(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nfrom _trace import ran\na = ran(3) or 1\nb = a + (ran(4) or 1)\n")
    python.deferred(
        HOOK
        + """
import m
veto.add("atimport.execute")
for _ in range(2):
    assert vetoed(lambda: m.b) == "atimport.execute"
assert LINES == [] and atimport.pending(m) == ("ran", "a", "b"), atimport.pending(m)
veto.clear()
assert m.b == 2 and LINES == [3, 4]
"""
    )


def test_a_hook_that_raises_stops_deferral_rules_and_the_seal(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.deferred(
        HOOK
        + """
veto |= {"atimport.defer", "atimport.override", "atimport.seal"}
def attempt():
    import m
assert vetoed(attempt) == "atimport.defer"
assert "m" not in sys.modules
assert vetoed(lambda: atimport.overrides.pin_eager("m")) == "atimport.override"
assert vetoed(atimport.overrides.freeze) == "atimport.override"
assert vetoed(atimport.seal) == "atimport.seal"
assert atimport.overrides.rules() == () and not atimport.overrides.is_frozen() and not atimport.is_sealed()
veto.clear()
import m
assert atimport.is_deferred(m)
"""
    )


@pytest.mark.parametrize("replaced", [False, True])
def test_imports_of_deferred_code_are_ordinary_imports(python: Python, replaced: bool) -> None:
    """They raise the event `import`, and go through `builtins.__import__` if somebody has replaced it."""
    python.write("m.py", "__at_import__ = None\nimport other\n")
    python.write("other.py", "value = 1\n")
    python.deferred(f"""
        import builtins, sys
        seen = []
        def hook(event, arguments):
            if event == "import":
                seen.append(arguments[0])
        import m
        if {replaced}:
            stock = builtins.__import__
            def ours(name, *rest):
                seen.append(name)
                return stock(name, *rest)
            builtins.__import__ = ours
        else:
            sys.addaudithook(hook)
        m.other
        assert "other" in seen, seen
    """)
