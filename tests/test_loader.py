"""Finding and loading: every surface that tools look at, with names still pending; beside other people's importers."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

MODULE = '''
    """The docstring."""
    __at_import__ = None
    from _trace import ran

    value = ran(5) or 5


    class Thing:
        """A thing."""

        def method(self):
            return value


    def function(argument: int = 3) -> int:
        """A function."""
        return argument / 0
'''


@pytest.fixture
def module(python: Python) -> Python:
    """Give a Python that has the module `m`."""
    python.write("m.py", MODULE)
    return python


def test_module_attributes_of_pep_451(module: Python) -> None:
    plain = module.run(ATTRIBUTES).lines
    ours = module.run("import atimport; atimport.install()\n" + ATTRIBUTES).lines
    assert ours == plain


ATTRIBUTES = """
import importlib.machinery, importlib.util, sys, m
spec = m.__spec__
print(m.__name__, m.__file__, getattr(m, "__cached__", None), m.__package__, m.__doc__)
print(spec.name, spec.origin, spec.cached, spec.has_location, spec.parent, spec.submodule_search_locations)
print(spec.loader is m.__loader__, isinstance(m.__loader__, importlib.machinery.SourceFileLoader))
loader = m.__loader__
print(loader.name, loader.path, loader.get_filename("m"), loader.is_package("m"))
print(loader.get_source("m"))
print(loader.get_code("m").co_names, loader.get_code("m").co_filename)
print(loader.get_data(m.__file__)[:20], sorted(loader.path_stats(m.__file__)))
print(type(loader.get_resource_reader("m")).__name__)
print(importlib.util.find_spec("m") is spec, type(sys.modules["m"]).__mro__[-2].__name__)
print(importlib.util.module_from_spec(spec).__name__)
print(repr(m))
"""


def test_attributes_trigger_nothing(module: Python) -> None:
    module.deferred("import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n"
                    + "".join(f"    {line}\n" for line in ATTRIBUTES.strip().split("\n"))
                    + "assert LINES == [], LINES\nassert atimport.is_deferred(m)\n")  # fmt: skip


def test_find_spec_imports_and_runs_nothing(module: Python) -> None:
    module.write("pkg/__init__.py", "__at_import__ = None\nfrom _trace import ran\nx = ran(3)\n")
    module.write("pkg/sub.py", "raise SystemExit('executed')\n")
    module.deferred("""
        import importlib.util, sys
        before = set(sys.modules)
        assert importlib.util.find_spec("m").origin.endswith("m.py")
        assert "m" not in sys.modules
        assert importlib.util.find_spec("pkg.sub").origin.endswith("sub.py")
        assert {name for name in set(sys.modules) - before if name.startswith("pkg")} == {"pkg"}
        assert LINES == []
    """)


def test_importing_imports_nothing_else(module: Python) -> None:
    """What the loader imported for itself would be eager, and paid for, in every program."""
    for _ in range(2):  # without a cached split and with one
        found = module.deferred("import sys; before = set(sys.modules); import m; print(*set(sys.modules) - before)")
        assert found.lines == ["m"]


def test_inspect(module: Python) -> None:
    module.deferred("""
        import inspect, linecache, m
        with open(m.__file__) as file:
            source = file.read()
        assert inspect.getsource(m) == source
        assert inspect.getsourcefile(m) == inspect.getfile(m) == m.__file__
        assert inspect.getdoc(m) == "The docstring."
        assert linecache.getline(m.__file__, 5) == "value = ran(5) or 5\\n"
        assert inspect.getsource(m.function).startswith("def function(") and inspect.getsourcelines(m.function)[1] == 15
        assert inspect.getsource(m.Thing).startswith("class Thing:")
        assert inspect.getsource(m.Thing.method).strip().endswith("return value")
        assert str(inspect.signature(m.function)) == "(argument: int = 3) -> int"
        assert inspect.getmodule(m.function) is m
        assert dict(inspect.getmembers(m))["value"] == 5
    """)


def test_traceback_positions_are_those_of_the_file(module: Python) -> None:
    code = """
import m, traceback
try:
    m.function()
except ZeroDivisionError as error:
    for frame in traceback.extract_tb(error.__traceback__)[1:]:
        print(frame.filename, frame.name, frame.lineno, frame.end_lineno, frame.colno, frame.end_colno, frame.line)
"""
    assert module.deferred(code).out == module.run(code).out


def test_help_and_doctest(python: Python) -> None:
    python.write(
        "m.py",
        '__at_import__ = None\n\ndef double(x):\n    """Double.\n\n    >>> double(2)\n    4\n    """\n    return x + x\n',
    )
    python.deferred("""
        import doctest, pydoc, m
        result = doctest.testmod(m)
        assert (result.failed, result.attempted) == (0, 1), result
        assert "double(x)" in pydoc.render_doc(m, renderer=pydoc.plaintext)
    """)


def test_pkgutil_and_resources(python: Python) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nfrom _trace import ran\nx = ran(3) or 3\n")
    python.write("pkg/sub.py", "__at_import__ = None\nfrom _trace import ran\ny = ran(3) or 4\n")
    python.write("pkg/data.txt", "data\n")
    python.deferred("""
        import importlib.resources, pkgutil, pkg
        from importlib.machinery import FileFinder
        assert [m.name for m in pkgutil.iter_modules(pkg.__path__)] == ["sub"]
        assert [m.name for m in pkgutil.walk_packages(pkg.__path__, "pkg.")] == ["pkg.sub"]
        assert importlib.resources.files("pkg").joinpath("data.txt").read_text() == "data\\n"
        assert pkgutil.get_data("pkg", "data.txt") == b"data\\n"
        assert pkgutil.resolve_name("pkg.sub:y") == 4
        assert LINES == [3]
        assert all(isinstance(i.module_finder, FileFinder) for i in pkgutil.iter_modules(pkg.__path__))
    """)


def test_runpy(module: Python) -> None:
    module.write("script.py", "__at_import__ = None\nresult = __name__\nfrom _trace import ran\nran(4)\n")
    module.deferred("""
        import runpy, sys
        assert runpy.run_module("script")["result"] == "script"
        assert runpy.run_path("script.py")["result"] == "<run_path>"
        assert runpy.run_module("script", run_name="__main__", alter_sys=True)["result"] == "__main__"
        assert LINES == [4, 4, 4], "run by name, everything runs"
        assert "script" not in sys.modules
    """)


@pytest.mark.parametrize("words", [["-m", "pkg"], ["-m", "pkg.tool"]])
def test_python_dash_m_of_a_package_that_declares(python: Python, words: list[str]) -> None:
    python.write("pkg/__init__.py", "__at_import__ = None\nname = 'pkg'.upper()\n")
    python.write("pkg/__main__.py", "from pkg import name\nprint(name, __name__, __package__)\n")
    python.write("pkg/tool.py", "__at_import__ = None\nfrom pkg import name\nprint(name, __name__, __package__)\n")
    assert python.start(*words).out == "PKG __main__ pkg\n"
    assert python.start("-m", "atimport", "run", *words).out == "PKG __main__ pkg\n"


def test_zip_files(module: Python) -> None:
    module.write("inner/__init__.py", "__at_import__ = None\nfrom _trace import ran\nx = ran(3) or 3\n")
    module.write("inner/sub.py", "__at_import__ = None\nfrom _trace import ran\ny = ran(3) or 4\n")
    module.write("inner/data.txt", "data\n")
    module.run("""
        import os, shutil, zipfile
        with zipfile.ZipFile("archive.zip", "w") as archive:
            archive.write("m.py", "zipped.py")
            for name in os.listdir("inner"):
                archive.write("inner/" + name)
        shutil.rmtree("inner")
    """)
    module.deferred("""
        import importlib.resources, inspect, pkgutil, sys, zipimport
        sys.path.insert(0, "archive.zip")
        import zipped, inner.sub
        assert "value" in atimport.pending(zipped) and "y" in atimport.pending(inner.sub), "zipped modules are deferred"
        assert isinstance(zipped.__loader__, zipimport.zipimporter)
        assert zipped.__file__.endswith("archive.zip/zipped.py")
        assert LINES == []
        assert inspect.getsource(zipped).startswith('\"\"\"The docstring.')
        assert (zipped.value, inner.sub.y, inner.x) == (5, 4, 3)
        assert inspect.getsource(zipped.function).startswith("def function(")
        assert importlib.resources.files("inner").joinpath("data.txt").read_text() == "data\\n"
        assert [m.name for m in pkgutil.iter_modules(inner.__path__)] == ["sub"]
    """)


def test_namespace_packages(python: Python) -> None:
    for part in ("one", "two"):
        python.write(f"{part}/space/{part}.py", "__at_import__ = None\nvalue = len('x')\n")
    python.deferred("""
        import sys
        sys.path[:0] = ["one", "two"]
        import space.one, space.two
        assert atimport.is_deferred(space.one) and atimport.is_deferred(space.two)
        assert (space.one.value, space.two.value) == (1, 1)
        assert len(space.__path__) == 2
    """)


def test_modules_compiled_only_are_imported_eagerly(python: Python) -> None:
    path = python.write("m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.run("import py_compile; py_compile.compile('m.py', cfile='m.pyc')")
    path.unlink()
    python.deferred("import m; assert m.value == 1 and m.__file__.endswith('.pyc')")


def test_beside_another_meta_path_finder(module: Python) -> None:
    """Finders that come first keep their modules; ours sees what they leave, in both orders of installing."""
    for first in (True, False):
        module.run(f"""
            import sys, atimport
            import importlib.abc, importlib.machinery, importlib.util

            class Virtual(importlib.abc.MetaPathFinder, importlib.abc.Loader):
                asked = []
                def find_spec(self, name, path, target=None):
                    self.asked.append(name)
                    if name == "virtual":
                        return importlib.util.spec_from_loader(name, self)
                def exec_module(self, module):
                    module.__at_import__ = None
                    module.value = "virtual"

            class Delegating(importlib.abc.MetaPathFinder):
                "Finds as the path finder does, and wraps nothing."
                def find_spec(self, name, path, target=None):
                    return importlib.machinery.PathFinder.find_spec(name, path, target)

            if {first}: atimport.install()
            virtual = Virtual()
            sys.meta_path[:0] = [virtual, Delegating()]
            if not {first}: atimport.install()
            import virtual as v, m
            assert v.value == "virtual" and not atimport.is_deferred(v)
            assert atimport.is_deferred(m)
            assert virtual.asked.count("m") == 1
            assert m.value == 5
        """)


def test_beside_another_path_hook(python: Python) -> None:
    python.write("hooked/m.py", "__at_import__ = None\nvalue = len('x')\n")
    python.run("""
        import importlib.machinery, sys, atimport
        class Loader(importlib.machinery.SourceFileLoader):
            def exec_module(self, module):
                module.marked = True
                super().exec_module(module)
        finder = importlib.machinery.FileFinder.path_hook((Loader, [".py"]))
        def hook(path):
            if not path.endswith("hooked"):
                raise ImportError
            return finder(path)
        sys.path_hooks.insert(0, hook)
        atimport.install()
        sys.path.insert(0, "hooked")
        import m
        assert m.marked and m.value == 1 and type(m.__loader__) is Loader
        atimport.uninstall()
        assert sys.path_hooks[0] is hook
    """)


def test_loaders_made_by_hand(module: Python) -> None:
    module.deferred("""
        import importlib.machinery, importlib.util, sys
        spec = importlib.util.spec_from_file_location("by_hand", "m.py")
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        assert made.value == 5 and "by_hand" not in sys.modules
        lazy = importlib.util.LazyLoader(importlib.util.find_spec("m").loader)
        spec = importlib.util.find_spec("m"); spec.loader = lazy
        made = importlib.util.module_from_spec(spec)
        sys.modules["m"] = made
        lazy.exec_module(made)
        assert made.value == 5 and made.Thing().method() == 5
    """)


@pytest.mark.skipif(sys.version_info < (3, 15), reason="source_to_code takes the module's name since 3.15")
def test_source_to_code_gets_the_module_name(module: Python) -> None:
    module.deferred("""
        import importlib.util
        loader = importlib.util.find_spec("m").loader
        assert loader.source_to_code(b"x = 1", "m.py", "m").co_filename == "m.py"
        assert loader.source_to_code(b"x = 1", "m.py", fullname="m").co_filename == "m.py"
    """)


def test_subclass_that_transforms_the_source(python: Python) -> None:
    """A loader that is not ours is left alone, even when it compiles something other than the file."""
    python.write("m.py", "__at_import__ = None\nvalue = 1\n")
    python.deferred("""
        import importlib.machinery, importlib.util
        class Loader(importlib.machinery.SourceFileLoader):
            def source_to_code(self, data, path, *rest, **named):
                return super().source_to_code(data.replace(b"value = 1", b"value = 2"), path, *rest, **named)
        spec = importlib.util.spec_from_file_location("m", "m.py", loader=Loader("m", "m.py"))
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        assert made.value == 2
    """)


def test_changed_source_is_seen(python: Python) -> None:
    for number in range(3):
        python.write("m.py", f"__at_import__ = None\nvalue = len('x' * {10**number})\n")
        python.deferred(f"import m; assert m.value == {10**number}, m.value")


def test_cache_is_used_and_never_trusted(python: Python) -> None:
    python.write("m.py", MODULE)
    code = "import m; assert atimport.pending(m) and (m.value, m.Thing().method()) == (5, 5)"
    python.deferred(code)
    (image,) = (python.folder / "__pycache__").glob("m.*.ati")
    good = image.read_bytes()
    assert sys.implementation.cache_tag in image.name
    for bad in (b"", good[:10], good[:-1], good[:50] + bytes([good[50] ^ 1]) + good[51:], b"\0" * len(good)):
        image.write_bytes(bad)
        python.deferred(code)
        assert image.read_bytes() == good, "a damaged image is made again"
    image.write_bytes(b"")
    python.deferred(code, environment={"PYTHONDONTWRITEBYTECODE": "1"})
    assert image.read_bytes() == b"", "nothing is written when writing bytecode is switched off"


def test_cache_honours_prefix_and_optimisation(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\nassert value == 2\n")
    code = "import atimport; atimport.install(); import m; assert m.value == 1"
    python.start("-O", "-c", code, environment={"PYTHONPYCACHEPREFIX": str(python.folder / "prefix")})
    assert not (python.folder / "__pycache__").exists()
    assert [path.name for path in (python.folder / "prefix").rglob("m.*.ati")] == [
        f"m.{sys.implementation.cache_tag}.opt-1.ati"
    ]
    failing = python.start("-c", code, expect=1)
    assert "AssertionError" in failing.err


def test_the_standard_cache_is_left_alone(python: Python) -> None:
    """The pyc is what plain Python writes, so that a run without atimport finds nothing strange."""
    python.write("m.py", MODULE)
    python.run("import m")
    pyc = next((python.folder / "__pycache__").glob("m.*.pyc"))
    before = pyc.read_bytes()
    python.deferred("import m; m.value")
    assert pyc.read_bytes() == before
    python.run("import m; assert m.value == 5")


def test_modules_that_do_not_declare_are_untouched(python: Python) -> None:
    python.write("m.py", "value = len('x')\n")
    python.deferred("""
        import types, m
        assert type(m) is types.ModuleType and "m" not in atimport.counts()
    """)
    assert not list(python.folder.rglob("*.ati")), "nothing is cached for a module that didn't ask"


def test_write_to_read_only_folder(python: Python) -> None:
    python.write("pkg/m.py", MODULE)
    (python.folder / "pkg").chmod(0o555)
    try:
        python.deferred(
            "import sys; sys.path.insert(0, 'pkg'); import m; assert atimport.is_deferred(m) and m.value == 5"
        )
    finally:
        (python.folder / "pkg").chmod(0o755)


def test_a_file_that_changes_after_the_import_changes_nothing(python: Python) -> None:
    path = python.write("m.py", "__at_import__ = None\nvalue = len('old')\ndef f():\n    return 'old'\n")
    for _ in range(2):  # without an image and with one
        path.write_text("__at_import__ = None\nvalue = len('old')\ndef f():\n    return 'old'\n")
        python.deferred("""
            import os, pathlib, m
            pathlib.Path(m.__file__).write_text("__at_import__ = None\\nvalue = 'planted'\\ndef f():\\n    return 'planted'\\n")
            for image in pathlib.Path("__pycache__").iterdir():
                image.write_bytes(b"planted")
            assert (m.value, m.f()) == (3, "old")
        """)
