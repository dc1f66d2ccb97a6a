"""`importlib.reload`, and executing a module again in other ways: equal to an eager reload, and pending again after it."""

from __future__ import annotations

import pytest

from fresh import Python


def test_reload(module: Python) -> None:
    module.deferred("""
        import importlib, m
        m.other
        function = m.read
        assert importlib.reload(m) is m
        assert (m.limit, m.derived, m.other, m.read()) == (5, 10, "other", 5)
        assert LINES.count(5) == 2 and function.__globals__ is m.read.__globals__
    """)


def test_reload_of_changed_source(module: Python) -> None:
    module.deferred("""
        import importlib, pathlib, m
        assert m.other == "other"
        pathlib.Path(m.__file__).write_text("__at_import__ = None\\nother = len('changed')\\nnew = 1\\n")
        importlib.reload(m)
        assert (m.other, m.new, m.derived) == (7, 1, 10), "what the new source doesn't bind stays, as always"
    """)


# What is told of a module after something: each bound name and its value, those of a few functions by what they return.
SHOW = """
import importlib, pathlib, m
def show(*names):
    for name in names:
        try:
            value = getattr(m, name)
            print(name, value() if callable(value) else value)
        except AttributeError:
            print(name, "is not there")
def rewrite(text):
    pathlib.Path(m.__file__).write_text("__at_import__ = None\\n" + text)
"""


def test_names_are_pending_again(module: Python) -> None:
    """What nobody has touched since comes from the new execution; the old statements ran before, and don't run again."""
    module.deferred("""
        import importlib, types, m
        m.other
        importlib.reload(m)
        assert LINES == [5, 3, 4], LINES
        assert set(atimport.pending(m)) >= {"limit", "derived", "other", "read", "write", "everything"}
        assert atimport.counts()["m"].units_run == 0
        assert m.derived == 10 and LINES == [5, 3, 4, 3, 4], LINES
        atimport.resolve(m)
        assert LINES == [5, 3, 4, 3, 4, 5] and type(m) is types.ModuleType and not atimport.is_deferred(m)
        importlib.reload(m)
        assert LINES == [5, 3, 4, 3, 4, 5] and atimport.is_deferred(m), "complete modules too"
    """)


@pytest.mark.parametrize("touch", ["", "m.kept", "m.first, m.kept", "vars(m)"])
def test_reload_is_that_of_an_eager_module(python: Python, touch: str) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import itertools
        try:
            count += 1
        except NameError:
            count = int("1")
        first = len("first")
        kept = len("kept")
        def read(): return first, count
        if count > 1:
            sometimes = len("x")
        class Thing:
            made = len("y")
        """,
    )
    python.same(
        SHOW
        + f"""
{touch}
before = m.read
for _ in range(2):
    assert importlib.reload(m) is m and before.__globals__ is m.read.__globals__
show("count", "first", "read", "sometimes", "kept")
print(before(), [name for name in vars(m) if not name.startswith("__")])
rewrite('first = len("changed")\\ntry:\\n    kept\\nexcept NameError:\\n    kept = "lost"\\nnew = kept\\n')
importlib.reload(m)
show("first", "count", "kept", "new", "sometimes", "read")
print(before(), sorted(name for name in dir(m) if not name.startswith("__")))
"""
    )


def test_code_at_import_finds_what_was_there(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        print(globals().get("value"), globals().get("late"))
        value = int("3")
        print(value, globals().get("late"))
        late = int("4")
        """,
    )
    python.same("import importlib, m; importlib.reload(m); print(m.value, m.late)")


def test_hook_runs_again(python: Python) -> None:
    python.write(
        "m.py",
        "from _trace import ran\nused = ran(2) or []\nunused = ran(3) or 1\n\ndef __at_import__():\n    used.append(ran(6))\n",
    )
    python.deferred("""
        import importlib, m
        importlib.reload(m)
        assert LINES == [2, 6, 3, 2, 6] and m.used == [None] and "unused" in atimport.pending(m), LINES
    """)


def test_what_the_old_source_failed_to_bind_does_not_run_after(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nfrom _trace import ran\nx = ran(3) or int('no')\ny = ran(4) or 1\n")
    python.deferred(
        SHOW
        + """
rewrite("from _trace import ran\\ny = ran(2) or 2\\n")
importlib.reload(m)
assert LINES == [3, 4], LINES
assert not hasattr(m, "x") and "x" not in dir(m) and m.y == 2 and LINES == [3, 4, 2], LINES
for _ in range(1000): pass
assert not atimport.is_deferred(m) and type(m) is type(pathlib)
"""
    )


def test_source_that_can_not_be_compiled_changes_nothing(module: Python) -> None:
    module.deferred(
        SHOW
        + """
rewrite("def")
try:
    importlib.reload(m)
except SyntaxError:
    pass
assert LINES == [] and m.derived == 10 and "other" in atimport.pending(m)
"""
    )


def test_execution_that_fails_midway_leaves_the_old_values_behind_it(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\na = len('a')\nb = len('b')\n")
    python.same(
        SHOW
        + """
rewrite("a = len('aa')\\nimport sys\\nsys.modules['m'].missing.attribute = 3\\nb = len('bb')\\nc = len('c')\\n")
try:
    importlib.reload(m)
except AttributeError as error:
    print(error)
show("a", "b", "c")
print(sorted(name for name in vars(m) if not name.startswith("__")))
rewrite("b = len('bbb')\\n")
importlib.reload(m)
show("a", "b", "c")
"""
    )


def test_reload_of_what_is_not_declared_any_more(module: Python) -> None:
    module.deferred("""
        import importlib, pathlib, m
        path = pathlib.Path(m.__file__)
        path.write_text("derived = len('eager')\\n")
        importlib.reload(m)
        for _ in range(1000): pass
        assert not atimport.is_deferred(m) and type(m) is type(pathlib)
        assert (m.derived, m.limit) == (5, 5) and LINES == [3, 4, 5], LINES
        path.write_text("__at_import__ = None\\nderived = len('deferred')\\n")
        importlib.reload(m)
        assert atimport.pending(m) == ("derived",) and m.derived == 8
    """)


def test_reload_of_a_pinned_module(module: Python) -> None:
    module.deferred("""
        import importlib, m
        atimport.overrides.pin_eager("m")
        assert LINES == [3, 4, 5]
        importlib.reload(m)
        assert LINES == [3, 4, 5] * 2 and not atimport.is_deferred(m)
    """)


def test_reload_while_its_own_code_runs(python: Python) -> None:
    """Nothing can be pending again under the feet of a running statement: such a reload is eager."""
    python.write(
        "m.py", "__at_import__ = None\nimport importlib, sys, state\nvalue = state.again(__name__)\nlast = 3\n"
    )
    python.write(
        "state.py",
        "import importlib, sys\ndone = []\ndef again(name):\n    done.append(name)\n    if len(done) == 1:\n        importlib.reload(sys.modules[name])\n    return len(done)\n",
    )
    python.same("import m, state; print(m.value, m.last, state.done)")


def test_reload_of_a_package_with_pending_submodules(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom . import parser\nvalue = len('v')\n")
    python.write("pkg/parser.py", "__at_import__ = None\ny = len('y')\n")
    python.write("pkg/late.py", "__at_import__ = None\nfrom . import deep\n")
    python.write("pkg/deep.py", "")
    python.same("""
        import importlib, sys, pkg.late
        importlib.reload(pkg)
        print(pkg.value, pkg.parser.y, pkg.deep.__name__)
        importlib.reload(pkg.late)
        importlib.reload(pkg)
        print(sorted(name for name in dir(pkg) if name[0] != "_"), type(pkg), type(pkg.late.deep))
    """)
    python.deferred("""
        import gc, importlib, sys, types, pkg.late
        for _ in range(3):
            importlib.reload(pkg)
            assert atimport.is_deferred(pkg)
        atimport.resolve()
        assert type(pkg) is types.ModuleType and type(pkg.late) is types.ModuleType
        assert not atimport.is_deferred(pkg) and not atimport.is_deferred(pkg.late)
    """)


def test_many_reloads_leave_nothing_behind(module: Python) -> None:
    module.deferred("""
        import gc, importlib, m
        def states():
            gc.collect()
            return sum(type(one).__name__ == "ModuleState" for one in gc.get_objects())
        importlib.reload(m)
        before = states()
        for number in range(20):
            if number % 2:
                m.derived
            importlib.reload(m)
        assert states() == before == 1, (before, states())
        atimport.resolve(m)
        assert states() == 0
    """)
