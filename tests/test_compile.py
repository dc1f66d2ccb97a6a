"""`atimport compile PATH…` and `atimport clean PATH…`: the images that an import would write, before it, and away again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fresh import Outcome, Python

TAG = sys.implementation.cache_tag
DECLARED = "__at_import__ = None\nimport os\nvalue = [__name__]\ndef f():\n    assert False\n"
#: Says what was compiled while a module was imported: nothing where there is an image to use.
USE = """
import sys
compiled = []
sys.addaudithook(lambda event, arguments: compiled.append(arguments[0]) if event == "compile" else None)
import importlib
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    assert atimport.is_deferred(module) and module.value == [name], name
assert not [source for source in compiled if b"value =" in (source.encode() if isinstance(source, str) else source or b"")]
"""


@pytest.fixture
def tree(python: Python) -> Python:
    """Give a Python with a package, a namespace package, a script, and modules that declare nothing."""
    python.write("lib/pkg/__init__.py", "")
    python.write("lib/pkg/other.py", "value = len('x')\n")
    python.write("lib/pkg/mod.py", DECLARED)
    python.write("lib/pkg/sub/__init__.py", DECLARED)
    python.write("lib/space/name/mod.py", DECLARED)
    python.write("lib/single.py", DECLARED)
    python.write("lib/not-a-module.py", DECLARED)
    python.write("lib/pkg/template/{{name}}.py", "{{ __at_import__ }} class\n")
    return python


def compile_(python: Python, *words: str | Path, **options: object) -> Outcome:
    return python.start("-m", "atimport", "compile", *words, **options)  # type: ignore[arg-type]


def images(python: Python, folder: str = "lib") -> dict[str, bytes]:
    """Return what the images below a folder hold, by path."""
    found = (path for path in (python.folder / folder).rglob("*.ati"))
    return {path.relative_to(python.folder / folder).as_posix(): path.read_bytes() for path in found}


EXPECTED = {
    f"pkg/__pycache__/mod.{TAG}.ati",
    f"pkg/sub/__pycache__/__init__.{TAG}.ati",
    f"space/name/__pycache__/mod.{TAG}.ati",
    f"__pycache__/single.{TAG}.ati",
}
MODULES = ("pkg.mod", "pkg.sub", "space.name.mod", "single")


@pytest.mark.parametrize("jobs", ["1", "3"])
@pytest.mark.parametrize("on_path", [False, True])
def test_what_opts_in_is_compiled_under_its_name(tree: Python, jobs: str, on_path: bool) -> None:
    environment = {"PYTHONPATH": str(tree.folder / "lib")}
    done = compile_(tree, "lib", "-j", jobs, environment=environment if on_path else {})
    assert done.out.startswith("4 images written ("), done.out
    assert done.out.endswith(" bytes), 0 up to date, 2 modules not opted in\n"), done.out
    assert done.err == ""
    assert images(tree).keys() == EXPECTED
    # nothing but images
    assert not [path for path in (tree.folder / "lib").rglob("__pycache__/*") if path.suffix != ".ati"]
    start = "import atimport; atimport.install()\n"
    tree.start("-c", start + USE, *MODULES, environment=environment)


def test_what_an_import_would_write(tree: Python) -> None:
    compile_(tree, "lib")
    found = images(tree)
    for name in found:
        (tree.folder / "lib" / name).unlink()
    environment = {"PYTHONPATH": str(tree.folder / "lib")}
    tree.start("-c", f"import atimport; atimport.install(); import {', '.join(MODULES)}", environment=environment)
    assert images(tree) == found


def test_again_and_by_force(tree: Python) -> None:
    compile_(tree, "lib")
    assert compile_(tree, "lib").out == "0 images written (0 bytes), 4 up to date, 2 modules not opted in\n"
    assert compile_(tree, "lib", "--force").out.startswith("4 images written")
    tree.write("lib/single.py", DECLARED + "more = 1\n")
    assert compile_(tree, "lib/single.py", "lib/pkg").out.startswith("1 image written")
    assert compile_(tree, "-q", "lib", "-f").out == ""


@pytest.mark.parametrize("part", ["lib/pkg/sub", "lib/pkg/sub/__init__.py", "./lib/pkg/../pkg/sub/"])
def test_a_part_of_a_package_keeps_its_name(tree: Python, part: str) -> None:
    assert compile_(tree, part).out.startswith("1 image written")
    start = "import atimport; atimport.install()\n"
    tree.start("-c", start + USE, "pkg.sub", environment={"PYTHONPATH": str(tree.folder / "lib")})


def test_a_part_of_a_namespace_package_that_is_installed(python: Python) -> None:
    base = python.folder / "base"
    environment = {"PYTHONUSERBASE": str(base)}
    installed = Path(python.run("import site; print(site.getusersitepackages())", environment=environment).out.strip())
    module = python.write(str(installed.relative_to(python.folder) / "space" / "mod.py"), DECLARED)
    assert compile_(python, module.parent, environment=environment).out.startswith("1 image written")
    start = "import atimport; atimport.install()\n"
    python.start("-c", start + USE, "space.mod", environment={"PYTHONPATH": str(installed)})


def test_how_images_know_their_sources(tree: Python) -> None:
    def kind(*words: str, **environment: str) -> set[int]:
        compile_(tree, "lib", *words, environment=environment)
        return {content[37] for content in images(tree).values()}

    assert kind() == {0}
    assert kind("--invalidation-mode", "checked-hash") == {2}
    assert kind("--invalidation-mode", "unchecked-hash") == {1}
    # as compileall: a hash says nothing of when, so that who wants a time gets it
    assert kind() == {0}
    assert kind(SOURCE_DATE_EPOCH="1") == {2}
    assert kind("--invalidation-mode", "timestamp", SOURCE_DATE_EPOCH="1") == {0}


def test_levels_of_optimisation(tree: Python) -> None:
    compile_(tree, "lib/single.py", "-o", "0", "-o", "2")
    assert images(tree).keys() == {f"__pycache__/single.{TAG}{level}.ati" for level in ("", ".opt-2")}
    start = "import atimport; atimport.install()\n"
    for option in ("-R", "-OO"):
        code = start + USE + f"assert sys.flags.optimize == {2 * (option == '-OO')}\n"
        tree.start(option, "-c", code, "single", environment={"PYTHONPATH": str(tree.folder / "lib")})


def test_the_same_bytes_whoever_compiles_in_whatever_order(tree: Python) -> None:
    for number in range(12):
        tree.write(f"lib/many/m{number}.py", f"{DECLARED}value = ({number}, 'a b', 2**{number}, {{1, 'x', None}})\n")
    found = []
    for jobs, seed in (("1", "0"), ("3", "1"), ("2", "2")):
        compile_(tree, "lib", "-f", "-j", jobs, environment={"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1"})
        found.append(images(tree))
    assert len(found[0]) == 16
    assert found[0] == found[1] == found[2]


def test_modules_that_do_not_opt_in(tree: Python) -> None:
    done = compile_(tree, "lib", "--assume", "pkg.*")
    assert done.out.endswith("0 up to date, 0 modules not opted in\n"), done.out
    assert images(tree).keys() == EXPECTED | {
        f"pkg/__pycache__/__init__.{TAG}.ati",
        f"pkg/__pycache__/other.{TAG}.ati",
    }
    code = "import atimport; atimport.install()\n" + USE.replace("== [name]", "== 1")
    environment = {"PYTHONPATH": str(tree.folder / "lib")}
    tree.start("-c", code, "pkg.other", environment=environment | {"ATIMPORT_DEFER": "pkg.*"})
    # and it is still up to who imports it
    tree.run("import atimport; atimport.install(); import pkg.other as m; assert not atimport.is_deferred(m)",
             environment=environment)  # fmt: skip


def test_an_installer_s_flag_stays(tree: Python) -> None:
    tree.run("""
        import os
        from atimport import _native
        assert _native.write_image(os.path.abspath("lib/pkg/other.py"), "pkg.other", False, flagged=True)[0] == "written"
    """)
    (before,) = images(tree).values()
    assert compile_(tree, "lib/pkg/other.py", "-f", "--assume", "*").out.startswith("1 image written")
    assert list(images(tree).values()) == [before]


def test_what_fails_is_told_and_the_rest_is_done(tree: Python) -> None:
    tree.write("lib/bad.py", "__at_import__ = None\nvalue = (\n")
    tree.write("lib/coded.py", b"# coding: nonsense\n__at_import__ = None\n")
    done = compile_(tree, "lib", expect=1)
    bad, coded = sorted(done.err.splitlines())
    assert bad.startswith(f"{tree.folder.resolve()}/lib/bad.py: SyntaxError: '(' was never closed")
    assert coded.startswith(f"{tree.folder.resolve()}/lib/coded.py: SyntaxError: unknown encoding")
    assert done.out.startswith("4 images written")
    assert done.out.endswith(", 2 failed\n")
    assert images(tree).keys() == EXPECTED


def test_a_process_that_dies_costs_one_source(tree: Python) -> None:
    tree.write("lib/die.py", DECLARED)
    tree.write(
        "sitecustomize.py",
        """
        import os, sys
        sys.addaudithook(lambda event, arguments: os._exit(7) if event == "open" and "die.py" in str(arguments) else None)
        """,
    )
    for jobs in ("1", "4"):
        done = compile_(tree, "lib", "-f", "-j", jobs, expect=1)
        assert done.err == f"{tree.folder.resolve()}/lib/die.py: the process that compiled it ended: 7\n"
        assert done.out.startswith("4 images written"), done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "what is to be compiled?"),
        (["missing"], "no such file or folder: missing"),
        (["lib/pkg/data.txt"], "not a Python source: lib/pkg/data.txt"),
        (["lib", "--assume", "a..b"], "a..b"),
        (["lib", "-o", "3"], "3 is not in the range"),
        (["lib", "--invalidation-mode", "never"], "'never' is not one of"),
    ],
)
def test_what_makes_no_sense(tree: Python, words: list[str], said: str) -> None:
    tree.write("lib/pkg/data.txt", "")
    done = compile_(tree, *words, expect=2)
    assert said in done.err
    assert "Traceback" not in done.err
    assert images(tree) == {}


def test_an_image_that_cannot_be_written(tree: Python) -> None:
    """Unlike an import, who asks for an image beside the source wants to know."""
    tree.write("lib/__pycache__", "a file where the folder should be\n")
    done = compile_(tree, "lib/single.py", expect=1, environment={"XDG_CACHE_HOME": str(tree.folder / "cache")})
    assert "single.py: FileExistsError: " in done.err
    assert not (tree.folder / "cache").exists()


def test_clean_removes_images_and_nothing_else(tree: Python) -> None:
    compile_(tree, "lib", "-o", "0", "-o", "1")
    environment = {"PYTHONPATH": str(tree.folder / "lib")}
    tree.start("-c", f"import {', '.join(MODULES)}", environment=environment)
    expected = {path for path in tree.folder.rglob("*") if path.suffix != ".ati"}
    kept = [
        tree.write("lib/__pycache__/mine.ati", "somebody's own"),
        tree.write("lib/pkg/elsewhere.ati", next(iter(images(tree).values()))),
    ]
    other = tree.write("lib/__pycache__/gone.cpython-30.ati", next(iter(images(tree).values())))
    sizes = [len(content) for name, content in images(tree).items() if tree.folder / "lib" / name not in kept]
    assert len(sizes) == 9
    done = tree.start("-m", "atimport", "clean", "lib")
    assert done.out == f"9 images removed ({sum(sizes):,} bytes)\n"
    assert {path for path in tree.folder.rglob("*")} == expected | set(kept)
    assert not other.exists()
    assert tree.start("-m", "atimport", "clean", "lib").out == "0 images removed (0 bytes)\n"


def test_clean_of_one_module(tree: Python) -> None:
    compile_(tree, "lib")
    shutil.copy(tree.folder / f"lib/__pycache__/single.{TAG}.ati", tree.folder / f"lib/__pycache__/single2.{TAG}.ati")
    assert tree.start("-m", "atimport", "clean", "lib/single.py").out.startswith("1 image removed")
    assert images(tree).keys() == EXPECTED - {f"__pycache__/single.{TAG}.ati"} | {f"__pycache__/single2.{TAG}.ati"}


def test_clean_where_images_are_elsewhere(tree: Python) -> None:
    cache, prefix = tree.folder / "cache", tree.folder / "prefix"
    environment = {"XDG_CACHE_HOME": str(cache)}
    tree.write("lib/__pycache__", "a file where the folder should be\n")
    tree.start("-c", "import atimport; atimport.install(); import single",
               environment=environment | {"PYTHONPATH": str(tree.folder / "lib")})  # fmt: skip
    assert len(images(tree, "cache")) == 1
    environment |= {"PYTHONPYCACHEPREFIX": str(prefix)}
    assert compile_(tree, "lib", environment=environment).out.startswith("4 images written")
    assert len(images(tree, "prefix")) == 4
    done = tree.start("-m", "atimport", "clean", "lib", environment=environment)
    assert done.out.startswith("5 images removed")
    assert images(tree, "cache") == images(tree, "prefix") == {}
    assert "no such file" in tree.start("-m", "atimport", "clean", "missing", expect=2).err
