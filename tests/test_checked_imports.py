"""Imports that expect an `ImportError`: what may raise one runs at once, and nothing else does."""

from __future__ import annotations

import pytest

from fresh import Python

FAILURES = {
    "a missing module": "import there_is_no_such_module",
    "a missing module below": "import below",
    "a missing attribute": "from os import there_is_no_such_name",
    "on purpose": "def fail(): raise ImportError('on purpose')\nvalue = [fail()]",
    "in a helper of another module": "import helper\nvalue = helper.required('there_is_no_such_module')",
    "when an attribute is looked up": "import looks\nvalue = [looks.up]",
    "when a class is made": "import helper\nclass Value(helper.Base): pass",
    "when a function is decorated": "import helper\n@helper.decorate\ndef value(): pass",
    "in a method of an object": "import helper\nit = helper.it\nvalue = it.required()",
}
HELPERS = {
    "below.py": "__at_import__ = None\nready = len('abc')\nimport there_is_no_such_module\n",
    "looks.py": "def __getattr__(name): raise ImportError(name)\n",
    "helper.py": """
        import importlib
        required = importlib.import_module
        def decorate(it): raise ImportError(it.__name__)
        class Base:
            def __init_subclass__(cls): raise ImportError(cls.__name__)
            def required(self): raise ImportError("it")
        it = Base()
    """,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_handler_sees_the_failure(python: Python, failure: str) -> None:
    for name, source in HELPERS.items():
        python.write(name, source)
    python.write("target.py", f"__at_import__ = None\nfirst = len('abc')\n{FAILURES[failure]}\nlast = len('ab')\n")
    python.write(
        "m.py",
        "__at_import__ = None\ntry:\n    import target\nexcept ImportError as error:\n    target = type(error).__name__\n",
    )
    python.same("""
        import m, sys
        print(m.target, "target" in sys.modules)
    """)


def test_what_stands_before_the_failure_has_run(python: Python) -> None:
    """As in an eager run; and when that fails, it is what fails."""
    python.write("target.py", "__at_import__ = None\nimport calendar\nimport there_is_none\nimport quopri\n")
    python.write("other.py", "__at_import__ = None\nmade = int('a')\nimport there_is_none\n")
    python.write("third.py", "__at_import__ = None\nimport chunked\nprint('at import')\nraise ImportError\n")
    python.write("chunked.py", "__at_import__ = None\nmade = len('abc')\n")
    handled = "\ntry:\n    import {0}\nexcept ImportError as error:\n    {0} = error\n"
    python.write("m.py", "__at_import__ = None" + handled.format("target") + handled.format("third"))
    python.write("n.py", "__at_import__ = None" + handled.format("other"))
    python.same("""
        import sys, m
        print(type(m.target), type(m.third), [name in sys.modules for name in ("calendar", "quopri", "chunked", "target")])
    """)
    python.deferred("""
        import n
        try:
            n.other
        except ValueError as error:
            assert "invalid literal" in str(error)
        else:
            raise AssertionError
    """)


def test_what_imports_nothing_waits(python: Python) -> None:
    python.write(
        "target.py",
        """
        __at_import__ = None
        import ssl
        import enum
        import re
        WORD = re.compile("x")
        class Colour(enum.Enum):
            RED = 1
        made = len([WORD])
        """,
    )
    python.write("m.py", "__at_import__ = None\ntry:\n    import target\nexcept ImportError:\n    target = None\n")
    python.deferred("""
        import m, sys
        target = m.target
        assert atimport.pending(target) == ("enum", "re", "WORD", "Colour", "made"), atimport.pending(target)
        assert target.made == 1 and target.Colour.RED.value == 1
    """)


def test_other_handlers_want_everything(python: Python) -> None:
    python.write("target.py", "__at_import__ = None\nmade = len([])\nfails = 1 / made\n")
    python.write(
        "m.py",
        "__at_import__ = None\ntry:\n    import target\nexcept (ImportError, ArithmeticError):\n    target = None\n",
    )
    python.same("import m; print(m.target)")


def test_a_function_that_expects_an_import_error(python: Python) -> None:
    """Also where the module was imported, and is imported again, before that."""
    python.write("target.py", "__at_import__ = None\nmade = len([])\nimport there_is_no_such_module\n")
    python.write(
        "m.py",
        """
        __at_import__ = None
        def ask():
            try:
                import target
            except ImportError:
                return "none"
            return target.made
        """,
    )
    python.same("import m; print(m.ask(), m.ask())")


def test_a_reload_is_checked_too(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\ntry:\n    import target\nexcept ImportError:\n    target = None\n")
    python.write("target.py", "__at_import__ = None\nmade = len([])\nimport later\n")
    python.write("later.py", "")
    python.same("""
        import importlib, os, sys, m
        m.target.later
        del sys.modules["later"]
        os.remove("later.py")
        importlib.invalidate_caches()
        try:
            importlib.reload(m.target)
        except ImportError as error:
            print(type(error).__name__)
    """)
