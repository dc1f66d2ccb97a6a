"""The ordinary machinery of Python, while names are pending."""

from __future__ import annotations

import sys

import pytest

from fresh import Python


def test_pickle_and_copy(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import dataclasses
        from _trace import ran

        @dataclasses.dataclass
        class Point:
            x: int
            y: int = 3

        def function(): return Point(1)

        instance = ran(13) or Point(2)
        """,
    )
    path = python.folder / "pickled"
    code = """
        import copy, pickle, m
        for thing in (m.Point, m.function, m.Point(1), [m.Point]):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                assert pickle.loads(pickle.dumps(thing, protocol)) == thing
            assert copy.deepcopy(thing) == thing == copy.copy(thing)
        open("pickled", "wb").write(pickle.dumps((m.Point(4), m.function)))
        assert LINES == [], LINES
    """
    python.deferred(code)
    assert path.exists()
    python.deferred("""
        import pickle
        point, function = pickle.load(open("pickled", "rb"))
        import m
        assert point == m.Point(4) and function is m.function and atimport.is_deferred(m)
    """)


def test_type_hints(python: Python) -> None:
    python.write(
        "m.py",
        """
        from __future__ import annotations
        __at_import__ = None
        import typing
        from typing import ClassVar
        from dataclasses import dataclass

        class Node:
            next: Node | None = None

        def f(a: "Node", b: list[Node]) -> typing.Optional[Node]: ...

        @dataclass
        class D:
            shared: ClassVar[int] = 3
            node: Node
        """,
    )
    python.deferred("""
        import dataclasses, typing, m
        assert typing.get_type_hints(m.f)["a"] is m.Node
        assert typing.get_type_hints(m.Node)["next"] == m.Node | None
        assert [field.name for field in dataclasses.fields(m.D)] == ["node"]
        assert typing.get_type_hints(m.D)["node"] is m.Node
    """)


def test_type_hints_of_untouched_names(python: Python) -> None:
    python.write(
        "m.py",
        "__at_import__ = None\nclass Node: pass\nclass Leaf(Node): pass\ndef f(a: 'Node', b: 'list[Leaf]'): ...\n",
    )
    python.deferred("""
        import typing, m
        hints = typing.get_type_hints(m.f)
        assert hints["a"] is m.Node and hints["b"] == list[m.Leaf], hints
    """)


def test_a_module_that_replaces_itself(python: Python) -> None:
    python.write(
        "m.py",
        "__at_import__ = None\nimport sys, types\nnew = types.SimpleNamespace(value=3)\nsys.modules[__name__] = new\n",
    )
    python.deferred("import m; assert m.value == 3")


def test_a_module_that_changes_its_class(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import sys, types
        other = len("x")
        class Module(types.ModuleType):
            @property
            def computed(self):
                return other + 1
        sys.modules[__name__].__class__ = Module
        """,
    )
    python.deferred("import m; assert m.computed == 2 and m.other == 1 and type(m).__name__ == 'Module'")


def test_a_module_that_is_thrown_away(module: Python) -> None:
    module.deferred("""
        import gc, sys, weakref, m
        reference = weakref.ref(m)
        read = m.read
        del sys.modules["m"], m
        gc.collect()
        assert read() == 5, "the namespace lives as long as its functions"
        import m as again
        assert atimport.is_deferred(again) and again.read is not read
        assert again.derived == 10
    """)


def test_interpreter_exit_with_names_pending(module: Python) -> None:
    module.write(
        "late.py",
        "import atexit, m\natexit.register(lambda: print('at exit', m.derived))\nclass D:\n    def __del__(self):\n        print('del', m.other)\nd = D()\nimport sys\nsys.keep = d\n",
    )
    found = module.deferred("import late")
    assert "at exit 10" in found.lines
    assert found.err == ""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_line_events_are_those_of_the_file(python: Python) -> None:
    source = "__at_import__ = None\nx = len('x')\ny = [\n    x,\n    x,\n]\ndef f():\n    return y\nz = f()\n"
    python.write("m.py", source)
    code = """
        import sys
        lines = set()
        def line(code, number):
            if code.co_filename.endswith("/m.py"):
                lines.add(number)
        sys.monitoring.use_tool_id(3, "test")
        sys.monitoring.register_callback(3, sys.monitoring.events.LINE, line)
        sys.monitoring.set_events(3, sys.monitoring.events.LINE)
        import m
        m.z, m.f, m.x
        sys.monitoring.set_events(3, 0)
        print(sorted(lines - {1}))
    """
    assert python.deferred(code).out == python.run(code).out


def test_settrace_sees_deferred_code(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nx = len('x')\ny = [\n    x,\n    x,\n]\n")
    code = """
        import sys
        lines = set()
        def trace(frame, event, argument):
            if frame.f_code.co_filename.endswith("/m.py"):
                lines.add(frame.f_lineno)
                assert frame.f_globals["__name__"] == "m" and frame.f_code.co_name == "<module>"
                return trace
        sys.settrace(trace)
        import m
        m.y
        sys.settrace(None)
        print(sorted(lines - {0, 1}))
    """
    assert python.deferred(code).out == python.run(code).out


def test_warnings_point_at_the_caller(python: Python) -> None:
    python.write("noisy.py", "import warnings\ndef shout():\n    warnings.warn('loud', stacklevel=2)\n    return 3\n")
    python.write("m.py", "__at_import__ = None\nimport noisy\nvalue = noisy.shout()\n")
    code = "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    import m\n    m.value\nprint(w[0].filename, w[0].lineno)\n"
    assert python.deferred(code).out == python.run(code).out


PACKAGE = {
    "pkg/__init__.py": "__at_import__ = None\n",
    "pkg/core.py": "__at_import__ = None\nfrom . import parser\nx = int('1')\n",
    "pkg/parser.py": "y = 1\n",
    "pkg/late.py": "__at_import__ = None\nfrom . import deep\n",
    "pkg/deep.py": "",
}

# something of ours wants to know when it goes
WATCHED = """
        import weakref
        def watched(module): return any(reference.__callback__ for reference in weakref.getweakrefs(module))
"""


def test_a_complete_package_has_the_submodules_of_an_eager_run(python: Python) -> None:
    for path, text in PACKAGE.items():
        python.write(path, text)
    python.deferred(
        WATCHED
        + """
        import sys, types, pkg
        assert type(pkg) is types.ModuleType and not watched(pkg) and not hasattr(pkg, "parser")
        import pkg.core
        assert "pkg.parser" not in sys.modules
        assert pkg.parser.y == 1
        assert not atimport.is_deferred(pkg.core)
        assert type(pkg) is types.ModuleType and not watched(pkg), "nothing is pending below it"
        import pkg.late
        assert watched(pkg)
        assert "deep" in dir(pkg)
        assert type(pkg) is types.ModuleType and not watched(pkg)
    """
    )


def test_a_package_is_released_when_what_was_pending_below_it_is_gone(python: Python) -> None:
    for path, text in PACKAGE.items():
        python.write(path, text)
    python.deferred(
        WATCHED
        + """
        import gc, sys, types, pkg.core
        assert watched(pkg)
        del sys.modules["pkg.core"], pkg.core
        gc.collect()
        assert type(pkg) is types.ModuleType and not watched(pkg)
    """
    )


def test_a_package_that_is_gone_leaves_nothing_behind(python: Python) -> None:
    for path, text in PACKAGE.items():
        python.write(path, text)
    python.deferred("""
        import gc, sys, weakref
        def cycle():
            import pkg.core
            kept = weakref.ref(sys.modules["pkg"]), weakref.ref(sys.modules["pkg.core"])
            for name in [name for name in sys.modules if name.startswith("pkg")]:
                del sys.modules[name]
            return kept
        for _ in range(3):
            kept = cycle()
            gc.collect()
            assert [one() for one in kept] == [None, None]
    """)
