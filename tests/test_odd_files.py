"""Files that change under an import, images that are damaged or another's, clocks that are wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fresh import Python

SOURCE = "__at_import__ = None\nvalue = len('old') and 'old'\n"

# --- between `find_spec` and `exec_module` --------------------------------------------------------------------------

STATES = {"nothing cached": "", "a pyc": "plain", "an image": "ours", "a pyc and an image": "plain ours"}
CHANGES = {
    "vanished": "os.unlink('m.py')",
    "replaced": "open('new.py', 'w').write(NEW); os.replace('new.py', 'm.py')",
    "rewritten": "open('m.py', 'w').write(NEW)",
    "cut short": "os.truncate('m.py', 25)",
    "emptied": "os.truncate('m.py', 0)",
    "broken": "open('m.py', 'w').write('__at_import__ = None\\nvalue = (\\n')",
    "a folder": "os.unlink('m.py'); os.mkdir('m.py')",
    "a dangling link": "os.unlink('m.py'); os.symlink('nowhere', 'm.py')",
    "a link to itself": "os.unlink('m.py'); os.symlink('m.py', 'm.py')",
    "caches gone": "shutil.rmtree('__pycache__', ignore_errors=True)",
    "caches a file": "shutil.rmtree('__pycache__', ignore_errors=True); open('__pycache__', 'w').close()",
}
BETWEEN = """
import importlib.util, os, shutil, sys
NEW = "__at_import__ = None\\nvalue = len('new one') and 'new one'\\n"
if "ours" in sys.argv:
    import atimport
    atimport.install()
spec = importlib.util.find_spec("m")
module = importlib.util.module_from_spec(spec)
{change}
try:
    spec.loader.exec_module(module)
    print(getattr(module, "value", "nothing"))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_source_that_changes_between_finding_and_reading(python: Python, change: str) -> None:
    """As plain Python has it: the new source, or the error."""
    outcomes = {}
    for how in ("plain", "ours"):
        for state, before in STATES.items():
            fresh = Python(python.folder / how / state)
            fresh.write("m.py", SOURCE)
            os.utime(fresh.folder / "m.py", (1_000_000_000, 1_000_000_000))
            if "plain" in before:
                fresh.run("import m")
            if "ours" in before and how == "ours":
                fresh.deferred("import m; m.value")
            found = fresh.run(BETWEEN.format(change=change), how)
            outcomes[how, state] = found.out.replace(str(fresh.folder), "R")
    for state in STATES:
        expected = outcomes["plain", state]
        if outcomes["ours", state] != expected:
            # plain Python may have had to read what an image made unnecessary
            assert "image" in state, (state, expected, outcomes["ours", state])
            assert outcomes["ours", state] == "old\n"
            assert change == CHANGES["caches gone"]


# --- images -----------------------------------------------------------------------------------------------------------


def test_every_byte_of_an_image(python: Python) -> None:
    """Damaged or cut short anywhere: the module is split again, and the image with it."""
    python.write("m.py", SOURCE)
    python.deferred("import m; m.value")
    python.deferred("""
        import pathlib, sys
        (image,) = pathlib.Path("__pycache__").glob("m.*.ati")
        good = image.read_bytes()

        def right():
            sys.modules.pop("m", None)
            import m
            return atimport.is_deferred(m) and m.value == "old"

        for place in range(len(good)):
            for damaged in (good[:place], good[:place] + bytes([good[place] ^ (1 << place % 8)]) + good[place + 1 :]):
                image.write_bytes(damaged)
                assert right(), (place, len(damaged))
                assert image.read_bytes() == good, place
        image.write_bytes(good + b"more")
        assert right() and image.read_bytes() == good
    """)


def test_image_of_another_interpreter(python: Python) -> None:
    python.write("m.py", SOURCE)
    foreign = """
        import _frozen_importlib_external as external
        external.MAGIC_NUMBER = bytes([1, 2]) + external.MAGIC_NUMBER[2:]
        import atimport; atimport.install()
        import m; assert atimport.is_deferred(m) and m.value == "old"
    """
    python.run(foreign)
    (image,) = (python.folder / "__pycache__").glob("m.*.ati")
    theirs = image.read_bytes()
    python.deferred("import m; assert atimport.is_deferred(m) and m.value == 'old'")
    ours = image.read_bytes()
    assert ours != theirs
    python.run(foreign)
    assert image.read_bytes() == theirs


@pytest.mark.parametrize("mtime", [-5, 0, 2**31 + 5, 2**32 - 1, 2**32 + 7, 4_000_000_000])
def test_clock_that_is_wrong(python: Python, mtime: int) -> None:
    """Times before 1970, in the future and beyond 32 bits are kept as in a pyc."""
    path = python.write("m.py", SOURCE)
    try:
        os.utime(path, (mtime, mtime))
    except (OSError, OverflowError):
        pytest.skip("this file system has no such times")
    if int(path.stat().st_mtime) != mtime:
        pytest.skip("this file system has no such times")
    for _ in range(2):
        python.deferred("import m; assert atimport.is_deferred(m) and m.value == 'old'")
    python.run("import m")
    (image,) = (python.folder / "__pycache__").glob("m.*.ati")
    (pyc,) = (python.folder / "__pycache__").glob("m.*.pyc")
    assert image.read_bytes()[40:48] == pyc.read_bytes()[8:16]
    before = image.stat().st_ino
    python.deferred("import m; assert atimport.is_deferred(m) and m.value == 'old'")
    assert image.stat().st_ino == before, "it was written again"


@pytest.mark.parametrize("how", ["environment", "option", "attribute"])
def test_no_bytecode_no_image(python: Python, how: str) -> None:
    python.write("m.py", SOURCE)
    environment = {"PYTHONDONTWRITEBYTECODE": "1"} if how == "environment" else {}
    words = ["-B"] if how == "option" else []
    code = "import atimport, sys; atimport.install()\n"
    code += "sys.dont_write_bytecode = True\n" if how == "attribute" else ""
    python.start(*words, "-c", code + "import m; assert m.value == 'old'", environment=environment)
    assert not (python.folder / "__pycache__").exists()


def test_twenty_processes_write_at_once(python: Python) -> None:
    """One image is left, whole, and no temporary file; nobody sees half of one."""
    python.write("m.py", SOURCE + "".join(f"def f{number}(): return {number}\n" for number in range(100)))
    code = "import atimport; atimport.install(); import m; assert atimport.is_deferred(m) and m.f7() == 7; m.value"
    words = [sys.executable, "-W", "error", "-c", code]
    children = [
        subprocess.Popen(words, cwd=python.folder, env=python.environment(), stderr=subprocess.PIPE) for _ in range(20)
    ]
    assert [child.communicate(timeout=100)[1] for child in children] == [b""] * len(children)
    found = sorted(path.suffix for path in (python.folder / "__pycache__").iterdir())
    assert found == [".ati"]
    python.deferred("""
        import sys
        # on 3.15 names are made by compiling `lazy` imports, which are no source of ours
        def split(event, arguments):
            return event == "compile" and b"__at_import__" in (arguments[0] if isinstance(arguments[0], bytes) else b"")
        sys.addaudithook(lambda event, arguments: split(event, arguments) and sys.exit("split again"))
        import m
        assert m.f99() == 99
    """)


# --- large sources ----------------------------------------------------------------------------------------------------


def test_large_source(python: Python) -> None:
    """Ten megabytes of one string and of comments: deferred, in memory that grows as plain Python's does."""
    python.write("m.py", SOURCE + "text = '" + "x" * 5_000_000 + "'\n" + "# comment\n" * 500_000)
    python.deferred("""
        import m
        assert atimport.is_deferred(m) and m.value == "old" and len(m.text) == 5_000_000
    """)
