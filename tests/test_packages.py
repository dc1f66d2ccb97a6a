"""Packages, submodules and cycles of deferred modules."""

from __future__ import annotations

from fresh import Python


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
