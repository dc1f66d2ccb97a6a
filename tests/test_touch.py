"""Touching: every way to reach a name, writes before the first touch, and the return to a plain module."""

from __future__ import annotations

import pytest

from fresh import Python

# `limit` is rebound by write(), so what reads it when it runs is in its unit: 3 and 4 run together.
TOUCHES = {
    "attribute": ("m.other", [5]),
    "getattr": ("getattr(m, 'other')", [5]),
    "getattr with a default": ("assert getattr(m, 'other', None) == 'other'", [5]),
    "hasattr": ("assert hasattr(m, 'other')", [5]),
    "from import": ("from m import other; assert other == 'other'", [5]),
    "from import as": ("from m import other as x; assert x == 'other'", [5]),
    "star import": ("exec('from m import *', space := {}); assert space['derived'] == 10", [3, 4, 5]),
    "operator.attrgetter": ("import operator; operator.attrgetter('other')(m)", [5]),
    "object.__getattribute__": ("object.__getattribute__(m, 'other')", [5]),
    "vars": ("assert vars(m)['other'] == 'other'", [3, 4, 5]),
    "__dict__": ("assert m.__dict__['other'] == 'other'", [3, 4, 5]),
    "items of vars": ("assert dict(vars(m).items())['derived'] == 10", [3, 4, 5]),
    "__dict__ by object": ("assert object.__getattribute__(m, '__dict__')['other'] == 'other'", [3, 4, 5]),
    "dir": ("assert 'other' in dir(m) and 'derived' in dir(m)", []),
    "a function that reads a global": ("assert m.read() == 5", [3, 4]),
    "a function that has no use for one": ("m.read", []),
    "__globals__ by name": ("assert m.read.__globals__['other'] == 'other'", None),
    "__globals__.get": ("assert m.read.__globals__.get('other') == 'other'", None),
    "in __globals__": ("assert 'other' in m.read.__globals__", None),
    "eval with __globals__": ("assert eval('other', m.read.__globals__) == 'other'", None),
    "copy of __globals__": ("assert dict(m.read.__globals__)['other'] == 'other'", None),
    "values of __globals__": ("assert {k: v for k, v in m.read.__globals__.items()}['other'] == 'other'", None),
    "globals() inside": ("assert m.everything()['other'] == 'other'", [3, 4, 5]),
    "iterating globals() inside": ("assert dict(m.everything().items())['other'] == 'other'", [3, 4, 5]),
    "inspect.getmembers": ("import inspect; assert dict(inspect.getmembers(m))['derived'] == 10", [3, 4, 5]),
    "copy.copy of a function": ("import copy; assert copy.copy(m.read)() == 5", [3, 4]),
    "mock.patch": (
        "import unittest.mock\nwith unittest.mock.patch('m.other', 1): assert m.other == 1\nassert m.other == 'other'",
        None,
    ),
    "mock.patch.object": (
        "import unittest.mock\nwith unittest.mock.patch.object(m, 'limit', 9):\n"
        "    assert (m.read(), m.derived) == (9, 10)\nassert m.read() == 5",
        None,
    ),
    "a missing attribute": ("assert not hasattr(m, 'missing')", None),
    "a dunder": ("m.__name__, m.__file__, m.__spec__, m.__doc__, getattr(m, '__wrapped__', None)", None),
}


@pytest.mark.parametrize(("code", "lines"), TOUCHES.values(), ids=TOUCHES)
def test_touch(module: Python, code: str, lines: list[int] | None) -> None:
    """`lines` is what runs, exactly; None where only the answer is promised."""
    found = module.deferred(
        f"import m\n{code}\nprint(LINES)\nassert (m.derived, m.other) == (10, 'other')\nprint(LINES)"
    )
    if lines is not None:
        assert found.lines[0] == str(lines)
    assert sorted(eval(found.lines[1])) == [3, 4, 5], "each line once"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("m.other = 1; assert m.other == 1; assert 'other' not in atimport.pending(m)", None),
        ("m.limit = 9; assert (m.limit, m.read(), m.derived) == (9, 9, 10)", [3, 4]),
        ("setattr(m, 'limit', 9); assert m.derived == 10", [3, 4]),
        ("m.write(9); assert (m.limit, m.read(), m.derived) == (9, 9, 10)", [3, 4]),
        ("del m.limit; assert not hasattr(m, 'limit'); assert m.derived == 10", [3, 4]),
        ("del m.other; assert not hasattr(m, 'other') and 'other' not in dir(m)", None),
        ("m.new = 1; assert m.new == 1 and 'new' in dir(m)", []),
        ("m.read.__globals__['other'] = 1; assert m.other == 1", None),
        ("m.read.__globals__.pop('other'); assert not hasattr(m, 'other')", None),
        ("m.read.__globals__.update(other=1); assert m.other == 1", None),
        ("m.read.__globals__.setdefault('other', 1); assert m.other == 'other'", None),
        ("exec('other = 1', m.read.__globals__); assert m.other == 1", None),
        ("vars(m)['other'] = 1; assert m.other == 1", [3, 4, 5]),
        ("m.__dict__.update(limit=9); assert (m.read(), m.derived) == (9, 10)", [3, 4, 5]),
        ("m.len = lambda x: 'mine'; assert m.len('') == 'mine'", []),
    ],
)
def test_write_before_the_first_touch(module: Python, code: str, lines: list[int] | None) -> None:
    found = module.deferred(
        f"import m\n{code}\nprint(LINES)\natimport.resolve(m)\nprint(LINES)\n{code.split('; ')[-1]}"
    )
    if lines is not None:
        assert found.lines[0] == str(lines)
    ran = eval(found.lines[1])
    assert len(ran) == len(set(ran)), "at most once"
    assert {3, 4} <= set(ran)


@pytest.mark.parametrize("code", ["del m.missing", "m.missing", "from m import missing", "del m.__missing__"])
def test_names_that_do_not_exist(module: Python, code: str) -> None:
    """The errors are those of a plain module, in type and in words."""
    program = f"import m\ntry:\n    {code}\nexcept Exception as error:\n    print(type(error).__name__, error)\n"
    assert module.deferred(program).out == module.run(program).out


def test_a_builtin_written_onto_the_module_counts(python: Python) -> None:
    """An outside write to a name that the module doesn't bind disturbs what reads it."""
    python.write("m.py", "__at_import__ = None\nsize = len('abc')\n\ndef f():\n    return len('abc')\n")
    python.deferred("import m; m.len = lambda x: 'mine'; assert (m.size, m.f()) == (3, 'mine')")


def test_afterwards_it_is_a_plain_module(module: Python) -> None:
    module.deferred("""
        import sys, types, m
        atimport.resolve(m)
        assert type(m) is types.ModuleType and not atimport.is_deferred(m)
        space = vars(m)
        assert type(space) is dict and space is m.read.__globals__
        assert all(type(key) is str for key in space)
        names = [name for name in space if not name.startswith("__")]
        assert names == ["ran", "limit", "derived", "other", "read", "write", "everything"], names
        assert m.__dict__ == {**space}
        assert LINES == [3, 4, 5]
    """)


def test_touching_the_last_name_ends_it_too(module: Python) -> None:
    module.deferred("""
        import types, m
        m.ran, m.limit, m.derived, m.other, m.read, m.write
        m.everything
        for _ in range(1000): pass   # the return to a plain module happens outside every lookup
        assert type(m) is types.ModuleType, type(m)
        assert all(type(key) is str for key in m.read.__globals__)
    """)


def test_touching_the_last_name_ends_it_without_keys_too(python: Python) -> None:
    """A module that doesn't look at its own namespace: lazy objects on 3.15."""
    python.write("m.py", "__at_import__ = None\na = len('a')\nb = len('b')\n")
    python.deferred("""
        import types, weakref, m
        assert weakref.getweakrefs(m)[0].__callback__
        m.a, m.b
        for _ in range(1000): pass
        assert type(m) is types.ModuleType, type(m)
        assert not weakref.getweakrefs(m)
    """)


def test_order_of_the_namespace_is_that_of_an_eager_run(python: Python) -> None:
    source = "__at_import__ = None\n" + "".join(f"v{n} = len('{'x' * n}')\n" for n in range(12))
    python.write("m.py", source + "def f(): pass\nclass C: pass\nimport os\n")
    code = """
        import m
        for name in ("v7", "C", "v2", "os", "v11"):
            getattr(m, name)
        if "atimport" in globals(): atimport.resolve(m)
        print([name for name in vars(m) if not name.startswith("__")], m.v3)
    """
    assert python.deferred(code).out == python.run(code).out


def test_order_of_the_namespace_after_dir(python: Python) -> None:
    """`dir` runs what may leave a name unbound, and with that the last unit: no lookup is there that would see to order."""
    source = """
        __at_import__ = None
        import colorsys
        try:
            from nowhere import anything
        except ImportError:
            found = False
        else:
            found = True
        late = "late"
        class C:
            x = colorsys
    """
    python.write("m.py", source)
    code = """
        import m
        m.C
        assert "found" in dir(m)
        print([name for name in vars(m) if not name.startswith("__")])
    """
    assert python.deferred(code).out == python.run(code).out


def test_no_touch_searches_the_heap(module: Python) -> None:
    # `gc.get_referrers` walks all objects; it is for keys that somebody copied out of the dict
    module.deferred("""
        import gc
        searches = []
        gc.get_referrers = lambda *objects: searches.append(objects) or []
        import m
        assert m.other and m.read() == 5
        from m import derived
        exec("from m import *")
        assert searches == []
    """)


def test_isinstance_and_equality(module: Python) -> None:
    module.deferred("""
        import inspect, sys, types, m
        assert isinstance(m, types.ModuleType) and inspect.ismodule(m) and m is sys.modules["m"]
        assert m == m and hash(m) and {m: 1}[m] == 1
        import weakref
        assert weakref.ref(m)() is m
        assert LINES == []
    """)


def test_copies_of_the_namespace_are_kept_true_and_let_go(python: Python) -> None:
    """Each name that resolves is replaced in all of them; a copy that nobody has any more goes."""
    python.write(
        "m.py",
        "__at_import__ = None\n"
        + "".join(f"v{i} = len('x' * {i})\n" for i in range(6))
        + "def f(): return globals()\n",
    )
    python.deferred("""
        import gc, sys, weakref
        class Thing: pass
        import m
        raw = gc.get_referents(m)
        (raw,) = [found for found in raw if type(found) is dict and "__name__" in found]
        first, second = dict(raw), raw.copy()
        assert m.v0 == 0
        third = dict(first)
        third["thing"] = Thing()
        gone = weakref.ref(third["thing"])
        assert m.v1 == 1
        for copy in (first, second, third):
            plain = [key for key in copy if type(key) is str]
            assert "v0" in plain and "v1" in plain and "v2" not in plain, plain
            assert (dict.__getitem__(copy, "v0"), copy["v1"]) == (0, 1)
        del third, copy
        assert m.v2 == 2
        assert gone() is None
        assert second["v3"] == 3 and m.v3 == first["v3"] == 3
        m.v4, m.v5, m.f
        assert all(type(key) is str for key in [*vars(m), *first, *second])
    """)
