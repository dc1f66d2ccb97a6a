"""Modules without a source, in zip files, as resources, walked over, and under the interpreter's options."""

from __future__ import annotations

import re

import pytest

from fresh import Python
from machinery.shapes import SHAPES

# Packs the folder `given` as pycs alone, and both into archives.
PACK = """
import compileall, pathlib, shutil, zipfile
shutil.copytree("given", "pycs")
assert compileall.compile_dir("pycs", legacy=True, quiet=1)
for path in [*pathlib.Path("pycs").rglob("*.py")]:
    path.unlink()
for kind in ("given", "pycs"):
    with zipfile.ZipFile(f"{kind}.zip", "w") as archive:
        for path in pathlib.Path(kind).rglob("*"):
            if path.is_file() and path.parent.name != "__pycache__":
                archive.write(path, path.relative_to(kind))
"""
FORMS = ["given", "pycs", "given.zip", "pycs.zip"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_module_is_the_same(python: Python, form: str) -> None:
    python.write(
        "given/pkg/__init__.py",
        "__at_import__ = None\nfrom importlib import resources\n\ndef data():\n    return resources.files(__package__).joinpath('data.txt').read_text()\n",
    )
    python.write("given/pkg/sub.py", "__at_import__ = None\nfrom . import data\nimport colorsys\nvalue = data()\n")
    python.write("given/pkg/data.txt", "content")
    python.write("given/shapes.py", SHAPES)
    python.run(PACK)
    python.same(
        """
        import importlib.resources, pkgutil, sys
        sys.path.insert(0, sys.argv[1])
        import pkg.sub, shapes
        print(sorted(one.name for one in pkgutil.walk_packages([sys.argv[1]])))
        print(pkg.sub.value, pkg.data.__code__.co_filename == pkg.__file__, pkgutil.get_data("pkg", "data.txt"))
        print(importlib.resources.files("pkg").joinpath("data.txt").read_text())
        print(shapes.add(shapes.Point(1), shapes.Point(2)), shapes.sometimes, shapes.__file__, shapes.__spec__.origin)
        print(sorted(vars(shapes)), isinstance(shapes.__loader__, type(pkg.__loader__)))
        import inspect
        try:
            print(inspect.getsource(shapes.add))
        except OSError as error:
            print(error)
        """,
        form,
    )


@pytest.mark.parametrize("form", FORMS)
def test_hook_is_called_whatever_the_form(python: Python, form: str) -> None:
    """A frozen application has no sources: its modules are eager, and their hooks run all the same."""
    many = "".join(f"n{number} = {number}\n" for number in range(300))
    sources = {
        "plain": "def __at_import__():\n    print('plain')\n    return {'made': 3}\n",
        "wide": many + "def __at_import__():\n    print('wide')\n",
        "portable": "def __at_import__():\n    print('portable')\n\n__at_import__()\n",
        "wide_portable": many + "def __at_import__():\n    print('wide portable')\n\n__at_import__()\n",
        "called_before": "def __at_import__():\n    print('called before')\n\n__at_import__()\nx = len('x')\n",
        "another_call": "def __at_import__():\n    print('another call')\n\ndef f(): pass\nf()\n",
        "nothing": "__at_import__ = None\nx = len('x')\n",
    }
    for name, source in sources.items():
        python.write(f"given/{name}.py", source)
    python.run(PACK)
    found = python.deferred(
        f"""
        import sys
        sys.path.insert(0, sys.argv[1])
        import {", ".join(sources)}
        assert plain.made == 3 and nothing.x == 1
        """,
        form,
    )
    called_twice = ["called before"] * 2  # that of the author in the middle, and ours
    assert found.lines == ["plain", "wide", "portable", "wide portable", *called_twice, "another call"]


@pytest.mark.parametrize(
    "source",
    [
        "def __at_import__(x=1): print('called')\n",
        "def __at_import__(*, x=1): print('called')\n",
        "def __at_import__(*x): print('called')\n",
        "async def __at_import__(): print('called')\n",
        "def __at_import__():\n    print('called')\n    yield\n",
        "def same(f): return lambda: print('called')\n@same\ndef __at_import__(): pass\n",
        "from given import __at_import__\n",
        "class __at_import__:\n    def __init__(self): print('called')\n",
        "__at_import__ = lambda: print('called')\n",
        "__at_import__ = 3\n",
    ],
)
def test_what_is_no_hook_is_not_called(python: Python, source: str) -> None:
    python.write("given/given.py", "def __at_import__(): pass\n")
    python.write("given/m.py", source)
    python.run(PACK)
    assert python.deferred("import sys; sys.path.insert(0, 'pycs'); import m").out == ""


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-X", "dev"], ["-X", "utf8"], ["-B"], ["-E"], ["-s"], ["-bb"]])
def test_options_of_the_interpreter(python: Python, options: list[str]) -> None:
    python.write("shapes.py", SHAPES)
    python.write(
        "m.py",
        '''
        """doc"""
        __at_import__ = None
        assert len("x") == 1, "at import"
        if __debug__:
            mode = len("debug")
        else:
            mode = len("o")
        def f():
            """function"""
            assert not mode, "f"
            return 1
        class C:
            """class"""
            def method(self): "method"
        value = [len("v")]
        ''',
    )
    program = python.write(
        "program.py",
        """
        import m, shapes, inspect
        print(m.__doc__, m.mode, m.f.__doc__, m.C.__doc__, m.C.method.__doc__, m.value)
        try:
            print(m.f())
        except AssertionError as error:
            print(repr(error))
        for name in dir(shapes):
            if name[0] != "_":
                print(name, getattr(getattr(shapes, name), "__doc__", None))
        print(inspect.getsource(shapes.add))
        """,
    )
    environment = {"PYTHONPATH": ""} if "-E" not in options else {}
    for _ in range(2):  # without an image, and with one
        plain = python.start(*options, program, environment=environment)
        ours = python.start(*options, "-m", "atimport", "run", program, environment=environment)
        assert (ours.out, ours.err) == (plain.out, plain.err)
    check = "import atimport; atimport.install(); import m, shapes; print(len(atimport.pending(m)), len(atimport.pending(shapes)))"
    assert python.start(*options, "-c", check, environment=environment).out == "4 20\n", "it was deferred"


def test_importtime_lists_modules_when_they_are_imported(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nimport colorsys\nx = len('x')\n")
    code = "import atimport; atimport.install(); import m; print('before', file=sys.stderr, flush=True); m.colorsys"
    found = python.start("-X", "importtime", "-c", f"import sys; {code}")
    before, after = found.err.split("before\n")
    times = {
        name: (int(own), int(total))
        for own, total, name in re.findall(r"import time: +(\d+) \| +(\d+) \| +(\S+)$", found.err, re.M)
    }
    assert {"m", "colorsys"} <= set(times)
    assert " m\n" in before
    assert " colorsys\n" in after


def test_warnings_as_errors_surface_at_the_touch(python: Python) -> None:
    python.write(
        "old.py",
        "import warnings\ndef old(n):\n    warnings.warn('old', DeprecationWarning, stacklevel=n)\n    return n\n",
    )
    python.write("m.py", "__at_import__ = None\nimport old\na = old.old(1)\nb = old.old(2)\nfine = len('f')\n")
    python.deferred("""
        import m
        for name in ("a", "b", "a"):
            try:
                getattr(m, name)
            except DeprecationWarning as warning:
                assert str(warning) == "old" and any("m.py" in note for note in warning.__notes__)
            else:
                raise SystemExit("no error")
        assert m.fine == 1
        import warnings
        warnings.simplefilter("ignore")
        assert (m.a, m.b) == (1, 2), "and the next touch tries again"
    """)


def test_source_that_compiles_with_a_warning(python: Python) -> None:
    """The warning comes once, at import; as an error it is the one of an eager import."""
    python.write("m.py", "__at_import__ = None\nx = len('x')\ny = '\\d'\n")
    code = "import m\nprint(m.x, m.y)\n"
    python.same(
        "try:\n    import m\nexcept SyntaxError as error:\n    print(error.msg, error.lineno, error.filename)\n"
    )
    python.same(code, warnings="default")
