"""Packages, submodules and cycles of deferred modules."""

from __future__ import annotations

from fresh import Python

#: Makes names pending by keys on 3.15 as well, whose lazy objects can't be looked up again while they resolve
#: (`spec/deviations.md`).
KEYS = "def names(): return globals()\n"


def test_circular_imports(python: Python) -> None:
    python.write("one.py", "__at_import__ = None\nimport two\nfrom two import b\na = len('x')\nfull = a + b\n")
    python.write("two.py", "__at_import__ = None\nimport one\nb = len('xx')\ndef later():\n    return one.a + b\n")
    for order in ("one, two", "two, one"):
        python.deferred(f"import {order}; assert (two.later(), one.full, one.b) == (3, 3, 2)")


def test_cycle_that_fails_eagerly_may_work_and_never_hangs(python: Python) -> None:
    python.write("one.py", "__at_import__ = None\nfrom two import b\na = b + 1\n")
    python.write("two.py", "__at_import__ = None\nfrom one import a\nb = a + 1\n")
    found = python.deferred("""
        import one
        for _ in range(2):
            try:
                one.a
            except Exception as error:
                print(type(error).__name__)
    """)
    assert len(found.lines) == 2
    assert set(found.lines) <= {"ImportError", "DeferredExecutionError", "NameError", "RecursionError"}


def test_submodule_that_shares_its_name_with_a_binding(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom pkg.glob import glob\nother = len('x')\n")
    python.write("pkg/glob.py", "__at_import__ = None\ndef glob():\n    return 'function'\n")
    for first in (
        "import pkg",
        "import pkg.glob",
        "from pkg import glob",
        "import pkg, importlib; importlib.import_module('pkg.glob')",
    ):
        code = f"{first}\nimport pkg.glob, sys\nprint(type(pkg.glob).__name__, type(sys.modules['pkg.glob']).__mro__[-2].__name__)"
        assert python.deferred(code).out == python.run(code).out, first


def test_submodules_that_an_eager_import_would_have_bound(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom .core import thing\n")
    python.write("pkg/core.py", "__at_import__ = None\nfrom pkg.deep import inner\nthing = len('x')\n")
    python.write("pkg/deep/__init__.py", "")
    python.write("pkg/deep/inner.py", "value = len('xx')\n")
    for expression in ("pkg.core.thing", "pkg.deep.inner.value", "pkg.core.inner.value"):
        code = f"import pkg\nprint({expression})"
        assert python.deferred(code).out == python.run(code).out, expression


def test_submodules_of_plain_packages_that_a_deferred_import_would_have_bound(python: Python) -> None:
    python.write("lib.py", "__at_import__ = None\nimport xml.dom.minidom\nfrom json import tool\nimport between\n")
    python.write("between.py", "__at_import__ = None\nfrom concurrent import futures\n")
    for expression in (
        "xml.dom",
        "xml.dom.minidom.Document",
        "hasattr(xml, 'dom')",
        "json.tool",
        "concurrent.futures",
        "getattr(concurrent, 'nothing', None)",
        "hasattr(xml, 'sax')",
        "types.ModuleType.__getattribute__(xml, 'dom')",
        "mock.patch('xml.dom.Node').__enter__()",
    ):
        python.same(
            f"import lib, xml, json, concurrent, types\nfrom unittest import mock\nprint(str({expression})[:20])"
        )


def test_a_submodule_that_a_deferred_import_elsewhere_brings_runs_nothing_else(python: Python) -> None:
    python.write("lib.py", "__at_import__ = None\nimport xml.dom.minidom\nimport json.tool\nother = len('x')\n")
    found = python.deferred("""
        import lib, sys, xml
        xml.dom.minidom
        print('json.tool' in sys.modules)
        hasattr(xml, 'sax')
        print('json.tool' in sys.modules, sorted(__import__('atimport').pending(lib)))
    """)
    assert found.lines == ["False", "True ['other']"]


def test_a_package_that_makes_its_submodules_itself_is_asked_first(python: Python) -> None:
    python.write("lib.py", "__at_import__ = None\nimport shop.paper\n")
    python.write(
        "shop/__init__.py",
        """
        import importlib

        def __getattr__(name):
            if name == "paper":
                raise AttributeError(name)
            return importlib.import_module("shop." + name)
        """,
    )
    python.write("shop/pens.py", "kind = 'pens'\n")
    python.write("shop/paper.py", "kind = 'paper'\n")
    found = python.deferred("""
        import lib, shop, sys
        print(shop.pens.kind, 'shop.paper' in sys.modules, shop.paper.kind)
    """)
    assert found.lines == ["pens False paper"]


def test_what_fails_while_a_submodule_is_looked_for_stays_pending(python: Python) -> None:
    python.write("lib.py", "__at_import__ = None\nimport broken\nimport xml.dom\n")
    python.write("broken.py", "raise ValueError('no')\n")
    found = python.deferred("""
        import lib, xml
        print(hasattr(xml, 'sax'), xml.dom.__name__)
        try:
            lib.broken
        except ValueError as error:
            print(error)
    """)
    assert found.lines == ["False xml.dom", "no"]


def test_relative_imports_and_package_attributes(python: Python) -> None:
    python.write(
        "pkg/__init__.py", "__at_import__ = None\nfrom . import a\nfrom .b import value as v\n__version__ = str(1)\n"
    )
    python.write("pkg/a.py", "__at_import__ = None\nfrom .b import value\n")
    python.write("pkg/b.py", "__at_import__ = None\nvalue = len('xxx')\n")
    python.deferred("""
        import pkg
        assert (pkg.__version__, pkg.v, pkg.a.value) == ("1", 3, 3)
        from pkg import a, b
        assert a.value == b.value
    """)


def test_a_getattr_that_an_eager_run_has_not_defined_yet_is_not_asked(python: Python) -> None:
    python.write(
        "pkg/__init__.py",
        """
        __at_import__ = None
        from pkg.core import Core

        def __getattr__(name):
            raise AttributeError(f"{Core} has no {name}")
        """,
    )
    python.write("pkg/core.py", "__at_import__ = None\nfrom pkg import tools\nclass Core:\n    made = tools.make()\n")
    python.write("pkg/tools.py", "__at_import__ = None\nmake = dict\n")
    for code in (
        "import pkg.core\nprint(pkg.core.Core.made)",
        "import pkg\nprint(hasattr(pkg, 'late'), pkg.Core.made)",
        "import pkg.core\nprint(pkg.core.tools.make)",
    ):
        assert python.deferred(code).out == python.run(code).out, code


def test_a_getattr_of_a_module_in_a_cycle(python: Python) -> None:
    python.write(
        "one.py",
        """
        __at_import__ = None
        import two
        value = two.found

        def __getattr__(name):
            return name
        """,
    )
    python.write("two.py", "__at_import__ = None\nimport one\nfound = getattr(one, 'missing', None)\n")
    code = "import one\nprint(one.value, one.missing)"
    assert python.deferred(code).out == python.run(code).out


def test_a_circle_does_not_keep_the_namespace_of_a_function_from_being_read(python: Python) -> None:
    """As `inspect.signature` reads it; in an eager run it has only a part of its names by then, too."""
    python.write("one.py", f"__at_import__ = None\nfrom two import answer\nclass Late:\n    a = answer\n{KEYS}")
    python.write(
        "two.py",
        "__at_import__ = None\nfrom three import ask, other\nanswer = ask.__globals__['early']\ndef use(): return other\n",
    )
    python.write(
        "three.py",
        "__at_import__ = None\nearly = len('x')\ndef ask(): pass\nother = 2\nfrom one import Late\nlater = len('xx')\n",
    )
    code = "import three, one; print(one.Late.a, three.Late is one.Late, three.later)"
    assert python.deferred(code).out == python.run(code).out == "1 True 2\n"


def test_a_submodule_that_several_statements_import(python: Python) -> None:
    python.write(
        "pkg/__init__.py",
        "__at_import__ = None\nfrom .part import a\nfrom .part.deep import b\nfrom .part.other import c\n",
    )
    python.write("pkg/part/__init__.py", "a = len('a')\n")
    python.write("pkg/part/deep.py", "b = len('bb')\n")
    python.write("pkg/part/other.py", "c = len('ccc')\n")
    python.deferred("""
        import atimport, pkg, sys
        assert atimport.pending(pkg) == ("part", "a", "b", "c")
        assert pkg.c == 3 and "pkg.part.deep" not in sys.modules
        assert atimport.pending(pkg) == ("a", "b")
        assert pkg.part is sys.modules["pkg.part"] and pkg.a == 1
        assert list(vars(pkg))[-4:] == ["part", "a", "b", "c"], list(vars(pkg))
    """)
    python.write("pkg/part/__init__.py", "import sys\na = sys.intern('x') if not sys.argv[1:] else 1 / 0\n")
    python.deferred("""
        import pkg, sys
        sys.argv.append("x")
        try:
            pkg.b
        except ZeroDivisionError:
            pass
        assert "pkg.part" not in sys.modules
        sys.argv.pop()
        assert (pkg.a, pkg.b, pkg.part.deep.b) == ("x", 2, 2)
    """)


def test_a_circle_that_is_entered_at_its_other_end(python: Python) -> None:
    """An eager program imports `kinds` first; deferred, the class is touched first, and needs what it is needed for."""
    python.write(
        "kinds.py",
        """
        __at_import__ = None
        def mark(thing): return thing
        def go():
            from things import Thing
            print("made", Thing.__name__)
        go()
        """,
    )
    python.write("things.py", f"__at_import__ = None\nfrom kinds import mark\n@mark\nclass Thing: pass\n{KEYS}")
    code = "import kinds, things; print(things.mark is kinds.mark, things.Thing)"
    assert python.deferred(code).out == python.run(code).out
    code = "import things; things.Thing; print(things.mark is __import__('kinds').mark)"
    assert python.deferred(code).out == "made Thing\nTrue\n"


def test_dir_of_a_package_is_not_what_asks_for_a_name_that_raises(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom . import first\nfrom . import last\n")
    python.write("pkg/first.py", "__at_import__ = None\nfrom math import nothing\n")
    python.write("pkg/last.py", "__at_import__ = None\nvalue = len('x')\n")
    found = python.deferred("""
        import pkg
        print([name for name in dir(pkg) if name[0] != "_"], pkg.last.value)
        try:
            pkg.first.nothing
        except ImportError as error:
            print(error.name)
    """)
    assert found.lines == ["['first', 'last'] 1", "math"]


def test_a_module_that_failed_to_import_is_not_completed(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom . import last\n")
    python.write(
        "pkg/failing.py",
        "__at_import__ = None\nfrom recorded import before\nimport nowhere_to_be_found_; nowhere_to_be_found_.nothing\nafter = len('x')\n",
    )
    python.write("pkg/last.py", "__at_import__ = None\nvalue = len('x')\n")
    python.write("recorded.py", "print('recorded')\nbefore = 1\n")
    found = python.deferred("""
        import pkg
        try:
            import pkg.failing
        except ImportError as error:
            kept = error
        print([name for name in dir(pkg) if name[0] != "_"])
    """)
    assert found.lines == ["['last']"]
