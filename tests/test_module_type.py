"""What `ModuleType` is taught, seen from outside: nothing, by all modules but those with names pending."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

INTERPRETERS = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"


def test_the_class_is_that_of_every_module(module: Python) -> None:
    module.deferred("""
        import types, m
        assert type(m) is m.__class__ is types.ModuleType and atimport.is_deferred(m)
        m.other
        assert type(m) is types.ModuleType and atimport.is_deferred(m)
    """)


def test_reads_of_resolved_names_are_specialised(python: Python) -> None:
    """As in a plain module, though a name is pending."""
    python.write("m.py", "__at_import__ = None\nready = len('abc')\npending = len('ab')\n")
    python.deferred("""
        import dis, m
        def read(): return m.ready
        for _ in range(2000): read()
        assert "LOAD_ATTR_MODULE" in [it.opname for it in dis.get_instructions(read, adaptive=True)]
        assert atimport.pending(m) == ("pending",) and read() == 3
        m.ready = 4
        assert read() == 4
    """)


def test_another_thread_waits_for_what_is_half_done(python: Python) -> None:
    """Also where a read is specialised already, and where it would be now."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import stage
        ready = len("abc")
        box = [ready]
        def fill(): box.append(stage.wait())
        filled = fill()
        """,
    )
    python.write(
        "stage.py",
        """
        import threading
        inside, on = threading.Event(), threading.Event()
        def wait():
            inside.set()
            on.wait()
            return 4
        """,
    )
    python.deferred("""
        import threading, m, stage
        assert "box" in atimport.pending(m)
        def read(): return m.ready
        for _ in range(2000): read()
        def seen(): return m.box
        first = threading.Thread(target=lambda: m.box)
        first.start()
        stage.inside.wait()
        assert read() == 3
        threading.Timer(0.05, stage.on.set).start()
        assert seen() == [3, 4], seen()
        first.join()
    """)


def test_writes_past_the_class(module: Python) -> None:
    """`object.__setattr__` refuses types with a C slot of their own for it (Objects/typeobject.c, `hackcheck`)."""
    code = """
        import sys, types
        class Before(types.ModuleType): pass
        {}
        class After(types.ModuleType): pass
        class Own(types.ModuleType):
            def __setattr__(self, name, value): super().__setattr__(name, (value,))
            def __delattr__(self, name): object.__delattr__(self, name)
            def __getattribute__(self, name): return super().__getattribute__(name)
            def __getattr__(self, name): return name
        for kind in (types.ModuleType, Before, After, Own):
            made = kind("made")
            object.__setattr__(made, "a", 1)
            types.ModuleType.__setattr__(made, "b", 2)
            made.c = 3
            print([getattr(made, name, None) for name in "abcd"], hasattr(made, "e"))
            object.__delattr__(made, "a")
            types.ModuleType.__delattr__(made, "b")
            del made.c
            print(sorted(vars(made)), dir(made))
        for wrong in ("made.a", "del made.a", "del made.__dict__", "made.__dict__ = 3",
                      "types.ModuleType.__setattr__(made, 'a')", "types.ModuleType.__delattr__(made)", "setattr(made, 3, 3)",
                      "made.__class__ = int"):
            made = types.ModuleType("made")
            try: exec(wrong)
            except Exception as error: print(wrong, type(error).__name__)
        print(types.ModuleType.__new__(types.ModuleType).__dict__)
        unmade = types.ModuleType.__new__(types.ModuleType)
        unmade.a = 1
        print(unmade.a, unmade.__dict__, hasattr(unmade, "b"))
    """
    found = module.deferred(code.format("import m"))
    assert found.lines == module.run(code.format("import m")).lines


def test_a_property_of_a_subclass_comes_first(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\na = len('a')\n")
    python.deferred("""
        import types, m
        class Module(types.ModuleType):
            name = property(lambda self: "property")
        made = Module("made")
        vars(made)["name"] = "value"
        assert made.name == "property" and getattr(made, "name") == "property"
    """)


@pytest.mark.parametrize("when", ["before", "after"])
def test_sub_interpreters(python: Python, when: str) -> None:
    """One that was there before a module was deferred, and one that is made afterwards, which fills its types anew."""
    python.write("m.py", "__at_import__ = None\na = len('a')\nb = len('b')\n")
    make = f"import importlib\ni = importlib.import_module({INTERPRETERS!r})\none = i.create()"
    look = (
        "import sys, types; made = types.ModuleType('made'); made.a = 1; del made.a; made.b = 2; "
        "object.__setattr__(made, 'c', 3); assert (made.b, made.c, hasattr(made, 'd')) == (2, 3, False); "
        "assert 'b' in dir(made) and vars(made)['c'] == 3; import json; json.dumps({})"
    )
    first, second = (make, "import m") if when == "before" else ("import m", make)
    python.deferred(
        f"{first}\n{second}\nassert i.run_string(one, {look!r}) is None\nassert m.a == 1\ni.destroy(one)\nassert m.b == 1"
    )


def test_a_module_is_pickled_and_copied_as_ever(module: Python) -> None:
    module.deferred("""
        import copy, pickle, m
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            try: way(m)
            except TypeError as error: assert "cannot pickle 'module' object" in str(error), error
            else: raise AssertionError(way)
        assert LINES == []
    """)


def test_the_words_where_a_folder_of_the_standard_library_shadows_it(python: Python) -> None:
    """Only what stands in the library's own folder shadows nothing of it: the hint must not get lost below."""
    python.write("m.py", "__at_import__ = None\na = len('a')\n")
    python.write("random.py", "")
    python.same("""
        import os, sys
        sys._stdlib_dir = os.path.dirname(os.getcwd())
        import m, random
        try: random.nothing
        except AttributeError as error: print(error)
        print(m.a)
    """)


def test_the_words_of_what_is_missing(python: Python) -> None:
    """The ordinary error is made without asking the questions behind the others (Objects/moduleobject.c)."""
    python.write("m.py", "__at_import__ = None\na = len('a')\n")
    python.write("random.py", "def missing(): import random; random.nothing\n")
    python.write("circle.py", "import other\nvalue = 1\n")
    python.write("other.py", "import circle\ntry: circle.value\nexcept AttributeError as error: words = str(error)\n")
    python.write("pkg/__init__.py", "from . import sub\n")
    python.write(
        "pkg/sub.py", "import pkg\ntry: pkg.sub\nexcept AttributeError as error: words = str(error)\nelse: words = ''\n"
    )
    python.write(
        "hook.py", "def __getattr__(name):\n    if name == 'b': raise AttributeError('own words')\n    return name\n"
    )
    python.same("""
        import types, m, random, circle, pkg, hook
        print(circle.other.words, pkg.sub.words, hook.a, hasattr(hook, "b"))
        def said(module, name):
            for way in (lambda: getattr(module, name), lambda: eval(f"module.{name}", {"module": module})):
                try: print(way())
                except AttributeError as error:
                    print(type(error), error, error.args, getattr(error, "name", None), getattr(error, "obj", None) is module)
        unnamed, numbered, bare = (types.ModuleType("made") for _ in range(3))
        del unnamed.__name__
        numbered.__name__ = 3
        bare.__spec__ = types.SimpleNamespace(_initializing=True, origin=None)
        class Sub(types.ModuleType): pass
        for module in (types, random, circle, pkg, hook, unnamed, numbered, bare, Sub("sub"), types.ModuleType.__new__(types.ModuleType)):
            for name in ("nothing", "b", "__path__", "__file__", "__nothing__"):
                said(module, name)
        try: random.missing()
        except AttributeError as error: print(error)
        class Name(str): pass
        print(hasattr(types, Name("nothing")), hasattr(types, Name("ModuleType")), m.a)
    """)
