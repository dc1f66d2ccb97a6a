"""Star imports from deferred modules: what is pending there is copied without being touched."""

from __future__ import annotations

import pytest

from fresh import Python

TOOLS = """
    __at_import__ = None
    from _trace import ran
    __all__ = ["saw", "plane", "file"]
    saw = ran(4) or [1]
    plane = ran(5) or [2]
    file = ran(6) or [3]
    rasp = ran(7) or [4]
"""
# names that the code doesn't mention
IMPORTER = "__at_import__ = None\nfrom tools import *\n"


@pytest.fixture
def tools(python: Python) -> Python:
    python.write("tools.py", TOOLS)
    python.write("m.py", IMPORTER)
    return python


def test_nothing_is_touched(tools: Python) -> None:
    """Neither with `__all__` nor without; and each name runs what binds it, once, from either side."""
    tools.write("bare.py", TOOLS.replace("__all__", "shown").replace("rasp", "_rasp"))
    tools.write("n.py", "__at_import__ = None\nfrom bare import *\n")
    tools.deferred("""
        import m, n, tools, bare
        assert LINES == [], LINES
        assert atimport.pending(m) == ("saw", "plane", "file"), atimport.pending(m)
        assert atimport.pending(n) == ("ran", "shown", "saw", "plane", "file"), atimport.pending(n)
        assert dir(m)[-3:] == ["file", "plane", "saw"] and "_rasp" not in dir(n)
        assert m.plane == [2] and LINES == [5] and m.plane is tools.plane
        assert tools.saw is m.saw and LINES == [5, 4]
        assert hasattr(n, "file") and LINES == [5, 4, 6] and n.file is bare.file
        from n import saw
        assert saw == [1] and LINES == [5, 4, 6, 4]
        assert atimport.pending(m) == ("file",)
        assert list(vars(m))[-3:] == ["saw", "plane", "file"] and atimport.pending(m) == ()
        assert type(list(vars(m))[-1]) is str and "rasp" in atimport.pending(tools)
    """)


def test_lists_of_names_are_not_lost(tools: Python) -> None:
    """A reference that is given back too often, or not at all, shows after a few imports."""
    tools.deferred("""
        import sys, tools
        before = sys.getrefcount(tools.__all__), sys.getrefcount(tools.__all__[0])
        for number in range(5):
            import m
            del m, sys.modules["m"]
        import gc
        gc.collect()
        assert (sys.getrefcount(tools.__all__), sys.getrefcount(tools.__all__[0])) == before
    """)


def test_the_order_of_names_is_that_of_an_eager_run(tools: Python) -> None:
    """Also where values are touched while the import goes on, and copied with names that are bound there already."""
    tools.write(
        "more.py", "__at_import__ = None\nnail = 1\nscrew = len('ab')\nif screw:\n    bolt = len('abc')\nnut = 4\n"
    )
    tools.write("m.py", "__at_import__ = None\nfrom tools import *\nprint(file)\nfrom more import *\nglue = len('a')\n")
    tools.same("""
        import m
        m.screw, m.plane
        print(list(vars(m)))
    """)


def test_names_that_may_not_exist_are_looked_for(tools: Python) -> None:
    """With an `__all__` that has them, the import fails; without, they are not there."""
    maybe = "__at_import__ = None\nnails = len('ab')\nif not nails:\n    rivet = len('abc')\n"
    tools.write("bare.py", maybe)
    tools.write("listed.py", maybe + "__all__ = ['nails', 'rivet']\n")
    for name in ("bare", "listed"):
        tools.write(f"of_{name}.py", f"__at_import__ = None\nfrom {name} import *\n")
    tools.same("""
        import of_bare
        print(dir(of_bare), hasattr(of_bare, "rivet"))
        try:
            import of_listed
        except AttributeError as error:
            print(error)
    """)


def test_later_bindings_and_deletions_count_for_the_name_that_they_name(tools: Python) -> None:
    tools.same("""
        import m, tools
        tools.saw = "changed"
        del tools.plane
        print(m.saw, m.plane, hasattr(tools, "plane"))
        m.file = "own"
        print(m.file, tools.file)
        del m.file
        print(hasattr(m, "file"), tools.file)
    """)


def test_a_name_that_comes_twice_is_the_last(tools: Python) -> None:
    """The code of the second may have read the first."""
    tools.write("second.py", "__at_import__ = None\nfrom tools import saw as plane\nsaw = [plane, plane]\n")
    tools.write("m.py", "__at_import__ = None\nfrom tools import *\nfrom second import *\nfrom second import *\n")
    tools.same("""
        import m
        print(m.saw, m.plane, m.file, list(vars(m))[-3:])
    """)


def test_bound_again_by_whatever(tools: Python) -> None:
    """A star import of a plain module, the module's own code, a submodule; then somebody gets hold of the dict."""
    tools.write("plain.py", "saw = 'plain'\nnot_so = 1\n")
    tools.write("m.py", "__at_import__ = None\nfrom tools import *\nfrom plain import *\n")
    tools.write("hook.py", "from tools import *\ndef __at_import__():\n    return {'saw': 'hook'}\n")
    tools.write(
        "self_set.py",
        "__at_import__ = None\nimport sys\nfrom tools import *\nsetattr(sys.modules[__name__], 'sa' + 'w', 5)\n",
    )
    tools.write("pkg/__init__.py", "__at_import__ = None\nfrom tools import *\nimport pkg.plane\n")
    tools.write("pkg/plane.py", "")
    tools.same("""
        import m, self_set, pkg, tools
        for module in (m, self_set, pkg):
            print(module.__name__, getattr(module, "saw"), str(module.plane)[:10], module.file)
            print(list(vars(module))[-4:])
        print(tools.saw, tools.plane)
    """)
    tools.deferred("""
        import hook, tools
        assert hook.saw == "hook" and tools.saw == [1] and hook.saw == "hook"
        import m
        import gc
        raw = next(it for it in gc.get_referents(m) if isinstance(it, dict))
        shown = eval("__import__('sys')._getframe().f_globals", raw)
        assert shown["saw"] == "plain" and shown["file"] == [3] and tools.plane == [2] and shown["plane"] == [2]
    """)


def test_copied_again_from_elsewhere(tools: Python) -> None:
    """A name that has lost its value may come again; who had it first doesn't give it any more."""
    tools.write("other.py", TOOLS.replace("[1]", "['other']"))
    tools.write(
        "m.py",
        """
        __at_import__ = None
        import sys
        from tools import *
        delattr(sys.modules[__name__], "sa" + "w")
        from other import *
        """,
    )
    tools.same("""
        import m, tools
        tools.saw, tools.plane
        print(m.saw, m.plane, sorted(vars(m))[-3:])
    """)


def test_through_many_modules(tools: Python) -> None:
    """A forward of a forward; in a circle, the second module has what was bound by then."""
    tools.write("n.py", "__at_import__ = None\nfrom m import *\nown = len('abc')\n")
    tools.write("o.py", "__at_import__ = None\nfirst = len('a')\nfrom p import *\nlast = len('ab')\n")
    tools.write("p.py", "__at_import__ = None\nfrom o import *\nfrom n import *\nmiddle = len('abc')\n")
    tools.deferred("""
        import n, tools
        assert LINES == [] and tools.saw is n.saw and LINES == [4]
    """)
    tools.same("""
        import o, n, p, m, tools
        tools.saw = 5
        print(o.saw, n.saw, p.saw, m.saw, sorted(vars(p)), list(vars(o))[-6:], p.middle, n.plane)
    """)


def test_the_modules_own_code_reads_values(tools: Python) -> None:
    """By name at import, in functions, in class bodies, by `eval`, and where a builtin has that name."""
    tools.write("builtin.py", "__at_import__ = None\nlen = str.upper\nsum = str.lower\n")
    tools.write(
        "m.py",
        """
        __at_import__ = None
        def early(): return sum
        from tools import *
        from builtin import *
        class Box:
            content = [saw]
            plane = plane
        def late(): return file, len("a")
        print(len("b"), early()("C"))
        """,
    )
    tools.write("e.py", "__at_import__ = None\nfrom tools import *\ndef ask(name): return eval(name)\n")
    tools.same("""
        import m, e
        print(m.Box.content, m.Box.plane, m.late(), m.early()("D"), e.ask("saw"), e.ask("plane is saw"))
        print(m.early.__globals__["file"], dict(vars(m))["plane"], m.late.__globals__ is vars(m))
    """)


def test_what_is_wrong_with_a_star_import_is_told_as_ever(tools: Python) -> None:
    tools.write(
        "lacks.py", "__at_import__ = None\nhas = len('a')\nthen = len('ab')\n__all__ = ['has', 'lacks', 'then']\n"
    )
    tools.write("odd.py", "__at_import__ = None\nhas = len('a')\n__all__ = ['has', 5]\n")
    tools.write("wrong.py", "__at_import__ = None\nhas = len('a')\n__all__ = 5\n")
    for name in ("lacks", "odd", "wrong"):
        tools.write(f"of_{name}.py", f"__at_import__ = None\nfrom {name} import *\n")
    tools.same("""
        for name in ("lacks", "odd", "wrong"):
            try:
                __import__("of_" + name)
            except Exception as error:
                print(type(error).__name__, error)
    """)


def test_failures_come_with_the_touch_and_stay(tools: Python) -> None:
    tools.write("fails.py", "__at_import__ = None\nfine = len('abc')\nbad = int('x')\nworse = [][1]\n")
    tools.write("m.py", "__at_import__ = None\nfrom fails import *\n")
    tools.deferred("""
        import m
        for name, kind in [("bad", ValueError), ("worse", IndexError)] * 2:
            try:
                getattr(m, name)
            except kind as error:
                assert f"touched from" in error.__notes__[0] and "fails.py" in error.__notes__[0], error.__notes__
            else:
                raise AssertionError(name)
        assert m.fine == 3 and atimport.pending(m) == ("bad", "worse")
        report = atimport.resolve("m")
        assert [name for name, _ in report.errors] == ["m.bad", "m.worse"]
    """)


def test_resolved_by_name_and_by_module(tools: Python) -> None:
    tools.deferred("""
        import m, tools
        assert atimport.resolve("m.plane").resolved == ("m.plane",) and LINES == [5]
        assert atimport.resolve(m).resolved == ("m.saw", "m.file") and LINES == [5, 4, 6]
        assert not atimport.is_deferred(m) and atimport.is_deferred(tools)
    """)


def test_modules_that_nobody_has_any_more_go(tools: Python) -> None:
    """With names pending: the importing one, and the one that was copied from, whose values are still to be had."""
    tools.deferred("""
        import gc, sys, weakref
        import m, tools
        gone = weakref.ref(m)
        del m, sys.modules["m"]
        gc.collect()
        assert gone() is None
        assert tools.saw == [1]
        import m
        gone = weakref.ref(tools)
        del tools, sys.modules["tools"]
        gc.collect()
        assert gone() is None
        assert m.plane == [2] and m.saw == [1]
        del sys.modules["m"]
        gone = weakref.ref(m)
        del m
        gc.collect()
        assert gone() is None
    """)


def test_executed_again(tools: Python) -> None:
    tools.same("""
        import importlib, m, tools
        before = m.saw
        importlib.reload(tools)
        print(m.plane is tools.plane, m.saw is before, m.saw == tools.saw)
        importlib.reload(m)
        print(m.plane is tools.plane, m.saw is tools.saw, m.file, list(vars(m))[-3:])
    """)


def test_threads(tools: Python) -> None:
    """All see the value, and it is made once."""
    tools.deferred("""
        import threading, time
        import m, tools
        tools_slow = []
        start = threading.Barrier(8)
        def touch(module):
            start.wait()
            tools_slow.append(module.saw)
        threads = [threading.Thread(target=touch, args=(module,)) for module in (m, tools) * 4]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert LINES == [4] and all(value is m.saw for value in tools_slow) and len(tools_slow) == 8
    """)


def test_a_child_process_has_what_is_pending(tools: Python) -> None:
    tools.deferred("""
        import os
        import m
        m.saw
        child = os.fork()
        if child == 0:
            os._exit(0 if (m.plane, m.file, m.saw) == ([2], [3], [1]) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert m.plane == [2] and LINES == [4, 5]
    """)


def test_who_expects_an_import_error_gets_it(tools: Python) -> None:
    """From what stands in the module that is copied from, too, though it has been imported before."""
    tools.write("needs.py", "__at_import__ = None\nimport there_is_no_such_module as missing\nhas = len('a')\n")
    tools.write("m.py", "__at_import__ = None\nfrom needs import *\n")
    tools.write(
        "asks.py", "__at_import__ = None\ntry:\n    import m\nexcept ImportError as error:\n    m = str(error)\n"
    )
    tools.deferred("""
        import needs, asks
        assert asks.m == "No module named 'there_is_no_such_module'", asks.m
    """)


def test_into_a_module_that_is_not_deferred(tools: Python) -> None:
    tools.write("m.py", "from tools import *\n")
    tools.deferred("""
        import m
        assert LINES == [4, 5, 6], LINES
    """)


def test_what_a_function_has_stored_over_a_copy_stays(tools: Python) -> None:
    """Also when its module stops being hooked in the way in which it was, because somebody looks at a frame's globals."""
    tools.write("m.py", IMPORTER + "def rebind():\n    global saw\n    saw = 0\n")
    tools.write("n.py", "__at_import__ = None\nfrom m import *\n")
    tools.deferred("""
        import gc, sys
        import m, n
        m.rebind()
        (raw,) = (it for it in gc.get_referents(m) if isinstance(it, dict))
        assert eval("__import__('sys')._getframe().f_globals", raw)["saw"] == 0
        assert m.saw == 0 and n.saw == [1]
    """)
