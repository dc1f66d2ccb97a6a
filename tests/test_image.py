"""Images on disk: how they know their source, where they are written and where not, who may have written them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fresh import Python

TAG = sys.implementation.cache_tag
#: Offset of the kind of validation in an image (spec/image-format.md), and its values.
KIND = 37
TIME, UNCHECKED, CHECKED = 0, 1, 2
#: Says whether the source was compiled, that is, whether there was no image to use.
USE = """
import sys
compiled = []
sys.addaudithook(lambda event, arguments: compiled.append(arguments[0]) if event == "compile" else None)
import m
assert atimport.is_deferred(m)
compiled = [source for source in compiled if isinstance(source, bytes) and b"__at_import__" in source]
print(m.value, "split" if compiled else "cached")
"""


def source(value: str) -> str:
    return f"__at_import__ = None\nvalue = len({value!r}) and {value!r}\n"


def write_image(python: Python, checked_hash: bool | None) -> Path:
    """Write an image for the module `m`, which knows its source in the given way."""
    python.run(f"""
        from atimport import _native
        what, path = _native.write_image("m.py", "m", False, checked_hash={checked_hash}, force=True)
        assert what == "written" and str(path).endswith(".ati"), (what, path)
    """)
    (image,) = (python.folder / "__pycache__").glob("m.*.ati")
    return image


def use(python: Python, *options: str, **environment: str) -> str:
    start = "import atimport; atimport.install()\n"
    # what says that nobody can know the source is not what is tested here
    return python.start(*options, "-c", start + USE, environment=environment).out.strip()


@pytest.mark.parametrize(
    ("checked", "option", "expected"),
    [
        (True, "default", "new split"),
        (False, "default", "old cached"),
        (True, "never", "old cached"),
        (False, "never", "old cached"),
        (True, "always", "new split"),
        (False, "always", "new split"),
    ],
)
def test_hash_based_images_are_checked_as_hash_based_pycs_are(
    python: Python, checked: bool, option: str, expected: str
) -> None:
    kind = CHECKED if checked else UNCHECKED
    python.write("m.py", source("old"))
    image = write_image(python, checked)
    assert image.read_bytes()[KIND] == kind
    for _ in range(2):  # of the time nothing is asked
        os.utime(python.folder / "m.py", (1, 1))
        assert use(python, "--check-hash-based-pycs", option) == "old cached"
    python.write("m.py", source("new"))
    assert use(python, "--check-hash-based-pycs", option) == expected
    assert image.read_bytes()[KIND] == kind, "a new image knows its source as the old one did"
    again = expected.replace("split", "cached")
    assert use(python, "--check-hash-based-pycs", option) == again
    assert use(python, "-B", "--check-hash-based-pycs", option) == again


def test_the_hash_is_that_of_a_pyc(python: Python) -> None:
    path = python.write("m.py", source("old"))
    image = write_image(python, True)
    python.run(f"""
        import importlib.util, pathlib
        found = pathlib.Path({str(image)!r}).read_bytes()[40:48]
        assert found == importlib.util.source_hash(pathlib.Path({str(path)!r}).read_bytes()), found
    """)


def test_time_and_size_are_those_of_a_pyc(python: Python) -> None:
    path = python.write("m.py", source("old"))
    image = write_image(python, None)
    assert image.read_bytes()[KIND] == TIME
    assert use(python) == "old cached"
    os.utime(path, (1, 1))
    assert use(python) == "old split"
    pyc = python.run("import m, pathlib; print(m.__spec__.cached)").out.strip()
    assert Path(pyc).read_bytes()[8:16] == image.read_bytes()[40:48]


def test_every_level_of_optimisation_has_its_image(python: Python) -> None:
    python.write("m.py", '__at_import__ = None\ndef value():\n    "doc"\n    assert False\nvalue = value.__doc__\n')
    python.write("n.py", "__at_import__ = None\nvalue = [0]\nassert value.clear() is None, value\n")
    for option, doc in (("-R", "doc"), ("-O", "doc"), ("-OO", "None")):
        for state in ("split", "cached"):
            assert use(python, option) == f"{doc} {state}"
    names = {path.name for path in (python.folder / "__pycache__").glob("m.*.ati")}
    assert names == {f"m.{TAG}{level}.ati" for level in ("", ".opt-1", ".opt-2")}


def test_bytes_depend_on_the_source_alone(python: Python) -> None:
    python.write("m.py", source("old") + "def f(x={1, 2, 'a'}):\n    return x in {'a', 'b', 'c', 7, (1, 2)}\n")
    found = set()
    for seed in ("0", "1"):
        for checked in ("None", "True"):
            python.run(
                f"from atimport import _native; _native.write_image('m.py', 'm', False, checked_hash={checked}, force=True)",
                environment={"PYTHONHASHSEED": seed},
            )
            (image,) = (python.folder / "__pycache__").glob("m.*.ati")
            found.add(image.read_bytes())
    assert len(found) == 2


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o444, 0o755])
def test_permissions_are_those_of_the_pyc(python: Python, mode: int) -> None:
    python.write("m.py", source("old")).chmod(mode)
    use(python)
    python.run("import m")
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in (python.folder / "__pycache__").glob("m.*")}
    assert modes.keys() == {".pyc", ".ati"}
    assert modes[".ati"] == modes[".pyc"]


class Unwritable:
    """A module whose image can't be written beside it, whoever runs this, and a per-user cache."""

    def __init__(self, python: Python) -> None:
        self.python = python
        self.cache = python.folder / "cache"
        python.write("m.py", source("old"))
        # the superuser writes into folders that are read-only, and nobody below a file
        python.write("__pycache__", "a file where the folder should be\n")

    def use(self, *options: str, **environment: str) -> str:
        return use(self.python, *options, **({"XDG_CACHE_HOME": str(self.cache)} | environment))

    @property
    def images(self) -> list[Path]:
        return [path for path in self.cache.rglob("*") if path.is_file()]


@pytest.fixture
def unwritable(python: Python) -> Iterator[Unwritable]:
    made = Unwritable(python)
    yield made
    assert (python.folder / "__pycache__").is_file()


def test_what_cannot_be_written_is_kept_for_the_user(unwritable: Unwritable) -> None:
    assert [unwritable.use(), unwritable.use()] == ["old split", "old cached"]
    (image,) = unwritable.images
    root = unwritable.cache / "atimport"
    beside = unwritable.python.folder.resolve() / "__pycache__" / f"m.{TAG}.ati"
    assert image == root / beside.relative_to("/")
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    unwritable.python.write("m.py", source("other"))
    assert [unwritable.use(), unwritable.use()] == ["other split", "other cached"]
    image.write_bytes(image.read_bytes()[:-1])
    assert [unwritable.use(), unwritable.use()] == ["other split", "other cached"]
    # as soon as it can stand beside its source it does
    (unwritable.python.folder / "__pycache__").unlink()
    image.unlink()
    assert [unwritable.use(), unwritable.use()] == ["other split", "other cached"]
    assert unwritable.images == []
    assert beside.is_file()
    beside.unlink()
    (unwritable.python.folder / "__pycache__" / f"m.{TAG}.pyc").unlink(missing_ok=True)
    beside.parent.rmdir()
    beside.parent.write_text("")


def test_a_folder_that_is_read_only(python: Python) -> None:
    """Nobody but the superuser can write there; either way the image is used."""
    python.write("pkg/m.py", source("old"))
    (python.folder / "pkg").chmod(0o555)
    environment = {"XDG_CACHE_HOME": str(python.folder / "cache"), "PYTHONPATH": str(python.folder / "pkg")}
    try:
        assert [use(python, **environment), use(python, **environment)] == ["old split", "old cached"]
        assert (python.folder / "cache").exists() == (os.geteuid() != 0)
    finally:
        (python.folder / "pkg").chmod(0o755)


@pytest.mark.parametrize("options", [["-B"], ["-I"]], ids=" ".join)
def test_nothing_is_kept_for_the_user(unwritable: Unwritable, options: list[str]) -> None:
    """-B: nothing is written; -I: nothing of the user's is used."""
    code = (
        f"import sys; sys.path.insert(0, {str(unwritable.python.folder)!r}); import atimport; atimport.install()\n{USE}"
    )
    for _ in range(2):
        environment = {"XDG_CACHE_HOME": str(unwritable.cache)}
        assert unwritable.python.start(*options, "-c", code, environment=environment).out.strip() == "old split"
    assert not unwritable.cache.exists()


def test_images_that_others_may_have_written_are_not_used(unwritable: Unwritable) -> None:
    assert unwritable.use() == "old split"
    root = unwritable.cache / "atimport"
    root.chmod(0o770)
    assert [unwritable.use(), unwritable.use()] == ["old split", "old split"]
    root.chmod(0o700)
    assert unwritable.use() == "old cached"
    (elsewhere := unwritable.python.folder / "elsewhere").mkdir(mode=0o700)
    root.rename(elsewhere / "atimport")
    root.symlink_to(elsewhere / "atimport")
    assert unwritable.use() == "old split"


def test_a_relative_cache_is_none(unwritable: Unwritable) -> None:
    """The specification of XDG says: all paths must be absolute, others are to be ignored."""
    home = unwritable.python.folder / "home"
    home.mkdir()
    assert unwritable.use(XDG_CACHE_HOME="cache", HOME=str(home)) == "old split"
    assert not unwritable.cache.exists()
    assert [path.name for path in home.rglob("*.ati")] == [f"m.{TAG}.ati"]


def test_no_import_looks_into_a_cache_that_has_nothing_for_its_folder(unwritable: Unwritable) -> None:
    assert unwritable.use() == "old split"
    unwritable.python.write("other/n.py", source("n"))
    unwritable.python.write("other/plain.py", "value = 1\n")
    code = """
        import sys
        sys.path.insert(0, "other")
        opened = []
        sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
        import n, plain
        assert not [path for path in opened if "cache/atimport" in path], opened
    """
    unwritable.python.deferred(code, environment={"XDG_CACHE_HOME": str(unwritable.cache)})


def test_the_prefix_of_the_bytecode_cache_holds_for_images(python: Python) -> None:
    python.write("m.py", source("old"))
    prefix = python.folder / "prefix"
    assert use(python, PYTHONPYCACHEPREFIX=str(prefix)) == "old split"
    assert use(python, "-X", f"pycache_prefix={prefix}") == "old cached"
    (image,) = prefix.rglob("*.ati")
    assert image == prefix / python.folder.resolve().relative_to("/") / f"m.{TAG}.ati"
    assert not (python.folder / "__pycache__").exists()


@pytest.mark.parametrize(
    "text",
    [
        '"""About __at_import__."""\nvalue = [1]\n',
        "def f():\n    __at_import__ = None\nvalue = [1]\n",
        "# __at_import__ = None\nvalue = [1]\n",
    ],
)
def test_who_only_speaks_of_the_declaration_declares_nothing(python: Python, text: str) -> None:
    """Without a pyc the source says who may have declared, and only the analysis who has."""
    python.write("m.py", text)
    for _ in range(2):
        python.deferred(
            "import m; assert not atimport.is_deferred(m) and m.value == [1] and 'm' not in atimport.counts()"
        )
        assert [path.suffix for path in (python.folder / "__pycache__").iterdir()] == [".pyc"]


def test_a_first_import_compiles_no_whole_module(python: Python) -> None:
    python.write("m.py", source("old"))
    assert use(python) == "old split"
    assert [path.suffix for path in (python.folder / "__pycache__").iterdir()] == [".ati"]
    # plain Python writes its pyc, and finds the module unchanged
    python.run("import m; assert m.value == 'old'")
    assert use(python) == "old cached"
