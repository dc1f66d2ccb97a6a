"""The native finder and the native reading of pycs, against the stock ones."""

from __future__ import annotations

import pytest

from fresh import Python

TREE = {
    "plain.py": "x = 1\n",
    "package/__init__.py": "",
    "package/sub.py": "y = 2\n",
    "package.py": "shadowed = True\n",
    "namespace/inner.py": "",
    "Upper.py": "",
    "both.py": "source = True\n",
    "both.pyc": "not read",
    "compiled.pyc": "not looked at",
    "folder.py/inner.py": "",
    "empty/.keep": "",
    "dotted.name.py": "",
    "ümlaut.py": "",
}

COMPARE = """
    import importlib.machinery as machinery, os, sys
    NAMES = ["plain", "package", "package.sub", "sub", "namespace", "Upper", "upper", "both", "compiled", "folder",
             "empty", "missing", "dotted.name", "name", "ümlaut", "un.known", "", "a/b", "plain.plain"]
    HERE = os.getcwd() + "/tree"
    for hook in sys.path_hooks:
        try:
            ours = hook(HERE)
            break
        except ImportError:
            pass
    assert type(ours).__name__ == "DeferringFileFinder", ours
    assert isinstance(ours, machinery.FileFinder)
    details = [(loader, [suffix]) for suffix, loader in ours._loaders]
    stock = machinery.FileFinder(HERE, *details)

    def described(finder, name):
        spec = finder.find_spec(name)
        if spec is None:
            return None
        return (spec.name, type(spec.loader), getattr(spec.loader, "name", None), getattr(spec.loader, "path", None),
                spec.origin, spec.submodule_search_locations, spec.has_location, spec.cached, spec.parent)

    def same():
        for name in NAMES:
            assert described(ours, name) == described(stock, name), (name, described(ours, name), described(stock, name))
"""


@pytest.fixture
def tree(python: Python) -> Python:
    """Give a Python beside a folder `tree` with modules of every kind."""
    for path, text in TREE.items():
        python.write(f"tree/{path}", text)
    return python


def compare(tree: Python, code: str) -> None:
    """Run `code` after the helpers of `COMPARE`."""
    tree.deferred(COMPARE + code)


def test_the_same_specs(tree: Python) -> None:
    compare(
        tree,
        """
    same()
    assert described(ours, "plain")[4] == HERE + "/plain.py"
    assert described(ours, "package")[5] == [HERE + "/package"]
    assert described(ours, "missing") is None
    assert repr(ours) == repr(stock) and (ours.path, ours._path_cache) == (stock.path, stock._path_cache)
    assert ours._path_mtime == stock._path_mtime == os.stat(HERE).st_mtime
    """,
    )


def test_changes_of_the_folder_are_seen_as_by_the_stock_finder(tree: Python) -> None:
    compare(
        tree,
        """
    import shutil
    same()
    for step in (
        lambda: open("tree/missing.py", "w").close(),
        lambda: os.remove("tree/plain.py"),
        lambda: shutil.rmtree("tree/package"),
        lambda: os.mkdir("tree/plain"),
    ):
        step()
        os.utime("tree", ns=(0, os.stat("tree").st_mtime_ns + 1_000_000_000))
        same()
    assert described(ours, "missing") is not None and described(ours, "plain")[1] is type(None)
    # what comes within one tick of the clock is not seen, by neither
    stamp = os.stat("tree").st_mtime_ns
    open("tree/late.py", "w").close()
    os.utime("tree", ns=(0, stamp))
    assert ours.find_spec("late") is None and stock.find_spec("late") is None
    ours.invalidate_caches(); stock.invalidate_caches()
    assert described(ours, "late") == described(stock, "late") != None
    shutil.rmtree("tree")
    same()
    """,
    )


def test_a_patched_stock_method_counts(tree: Python) -> None:
    compare(
        tree,
        """
    machinery.FileFinder.find_spec = lambda self, name, target=None: (name, target)
    assert ours.find_spec("plain", "target") == ("plain", "target")
    """,
    )


def test_arguments_are_those_of_the_stock_method(tree: Python) -> None:
    compare(
        tree,
        """
    assert ours.find_spec(fullname="plain", target=None).name == "plain"
    for bad in ((), (1,), ("a\\0b",)):
        told = []
        for finder in (ours, stock):
            try:
                told.append(finder.find_spec(*bad))
            except Exception as error:
                told.append(type(error))
        assert told[0] == told[1], (bad, told)
    """,
    )


CODE = """
    import importlib.machinery, importlib.util, os, py_compile, sys, types
    def fresh(name):
        sys.modules.pop(name, None)
        return __import__(name)
"""


@pytest.mark.parametrize("mode", ["TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"])
def test_every_kind_of_pyc(python: Python, mode: str) -> None:
    python.write("m.py", "x = 1\n")
    python.deferred(
        CODE
        + f"""
    pyc = py_compile.compile("m.py", invalidation_mode=py_compile.PycInvalidationMode.{mode})
    assert fresh("m").x == 1
    stamp = os.stat("m.py").st_mtime + 10
    open("m.py", "w").write("x = 222\\n")
    os.utime("m.py", (stamp, stamp))
    assert fresh("m").x == (1 if "{mode}" == "UNCHECKED_HASH" else 222)
    """
    )


@pytest.mark.parametrize("damage", ["b''", "data[:10]", "data[:16]", "b'xxxx' + data[4:]", "data[:-3]"])
def test_a_damaged_pyc_is_as_with_the_stock_loader(python: Python, damage: str) -> None:
    python.write("m.py", "x = 1\n")
    python.deferred(
        CODE
        + f"""
    pyc = py_compile.compile("m.py")
    data = open(pyc, "rb").read()
    open(pyc, "wb").write({damage})
    told = []
    for loader in (importlib.util.find_spec("m").loader, importlib.machinery.SourceFileLoader("m", os.path.abspath("m.py"))):
        module = types.ModuleType("m")
        try:
            loader.exec_module(module)
            told.append(module.x)
        except Exception as error:
            told.append((type(error), str(error)))
        open(pyc, "wb").write({damage})
    assert told[0] == told[1], told
    """
    )


def test_replaced_methods_are_called(python: Python) -> None:
    python.write("m.py", "x = 1\n")
    python.deferred(
        CODE
        + """
    py_compile.compile("m.py")
    stock = importlib.machinery.SourceFileLoader
    code = compile("x = 'patched'", "m.py", "exec")
    for owner in (stock, importlib.util.find_spec("m").loader):
        before = owner.get_code
        owner.get_code = lambda *arguments: code
        module = types.ModuleType("m")
        loader = owner if owner is not stock else importlib.util.find_spec("m").loader
        loader.exec_module(module)
        assert module.x == "patched"
        if owner is stock:
            stock.get_code = before
            del stock.get_code
    """
    )


def test_the_name_of_the_file_in_a_moved_pyc_is_put_right(python: Python) -> None:
    python.write("old/m.py", "def f(): pass\n")
    python.deferred(
        CODE
        + """
    py_compile.compile("old/m.py")
    os.rename("old", "new")
    sys.path.insert(0, os.path.abspath("new"))
    import m
    assert m.f.__code__.co_filename == m.__file__ == os.path.abspath("new/m.py")
    """
    )


def test_reads_are_audited(python: Python) -> None:
    python.write("m.py", "x = 1\n")
    python.write("d.py", "__at_import__ = None\nx = int('1')\n")
    python.deferred(
        CODE
        + """
    fresh("m"), fresh("d").x
    opened = []
    sys.addaudithook(lambda event, arguments: event == "open" and opened.append(arguments))
    fresh("m"), fresh("d")
    ends = [os.path.basename(str(path)).rpartition(".")[2] for path, mode, flags in opened if mode == "rb"]
    assert "pyc" in ends and "ati" in ends, opened
    """
    )
