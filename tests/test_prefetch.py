"""Reading ahead: what was read is taken, and only while it is what an import would read itself."""

from __future__ import annotations

import pytest

from fresh import Python

#: Waits until the threads that read have ended, and puts rubbish into files that nobody can tell from what they were.
HELPERS = """
import os, pathlib, sys, time

BEFORE = len(os.listdir("/proc/self/task"))

def settled():
    while len(os.listdir("/proc/self/task")) > BEFORE:
        time.sleep(0.01)

def spoil(path):
    found = path.stat()
    path.write_bytes(b"?" * found.st_size)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
"""

pytestmark = pytest.mark.skipif(
    not __import__("sys").platform.startswith("linux"), reason="the tests look for threads in /proc"
)


@pytest.fixture
def package(python: Python) -> Python:
    """Give a package of one module that opts in and one that doesn't, both cached."""
    python.write("helpers.py", HELPERS)
    python.write("pkg/__init__.py", "")
    python.write("pkg/lazy.py", "__at_import__ = None\nimport os\nlimit = len(os.sep) + 1\n")
    python.write("pkg/deep/plain.py", "value = 7\n")
    python.deferred("import pkg.lazy, pkg.deep.plain")
    return python


def test_what_was_read_is_taken(package: Python) -> None:
    package.deferred("""
        from helpers import *
        assert atimport.prefetch("pkg.*") == 3 and not {name for name in sys.modules if name.startswith("pkg")}
        settled()
        files = [file for file in pathlib.Path().glob("pkg/**/__pycache__/*") if file.suffix in (".ati", ".pyc")]
        assert len(files) == 3, files
        for file in files:
            spoil(file)
        import pkg.lazy, pkg.deep.plain
        assert atimport.pending(pkg.lazy) == ("os", "limit") and pkg.lazy.limit == 2 and pkg.deep.plain.value == 7
        # nobody has found the rubbish, or it would be gone
        assert {file.read_bytes()[:1] for file in files if "__init__" not in file.name} == {b"?"}
    """)


def test_what_was_spoilt_before_is_not_believed(package: Python) -> None:
    package.deferred("""
        from helpers import *
        for file in pathlib.Path().glob("pkg/**/__pycache__/*.???"):
            spoil(file)
        atimport.prefetch(["pkg.*"])
        settled()
        import pkg.lazy, pkg.deep.plain
        assert pkg.lazy.limit == 2 and pkg.deep.plain.value == 7
    """)


@pytest.mark.parametrize("what", ["source", "image", "both"])
def test_a_file_that_has_changed_is_a_miss(package: Python, what: str) -> None:
    package.deferred(
        """
        from helpers import *
        atimport.prefetch("pkg.lazy")
        settled()
        [image] = pathlib.Path("pkg/__pycache__").glob("lazy.*.ati")
        if sys.argv[1] != "image":
            pathlib.Path("pkg/lazy.py").write_text("__at_import__ = None\\nimport os\\nlimit = len(os.sep) + 10\\n")
        if sys.argv[1] != "source":
            image.write_bytes(b"rubbish")
        import pkg.lazy
        assert pkg.lazy.limit == (2 if sys.argv[1] == "image" else 11)
        assert image.read_bytes()[1:7] == b"atimg\\r"
        """,
        what,
    )


def test_nobody_waits_for_what_is_being_read(package: Python) -> None:
    package.deferred("""
        from helpers import *
        for _ in range(50):
            atimport.prefetch("pkg.*")
            import pkg.lazy, pkg.deep.plain
            assert pkg.lazy.limit == 2 and pkg.deep.plain.value == 7
            for name in [name for name in sys.modules if name.startswith("pkg")]:
                del sys.modules[name]
        settled()
        pid = os.fork()
        if pid == 0:
            import pkg.lazy
            os._exit(atimport.prefetch("pkg.*") != 3 or pkg.lazy.limit != 2)
        assert os.waitpid(pid, 0)[1] == 0
    """)


def test_paths_and_patterns(package: Python) -> None:
    package.write("single.py", "")
    package.deferred("""
        import os, pytest
        folder = os.path.abspath("pkg")
        found = {pattern: atimport.prefetch(pattern) for pattern in
                 ("pkg", "pkg.deep", "pkg.*.plain", "pkg.other", "missing.*", "sys", "single", folder, folder + "/lazy.py")}
        assert list(found.values()) == [1, 0, 1, 0, 0, 0, 1, 3, 1], found
        assert atimport.prefetch(()) == 0
        for wrong in ("*", "*.tests", "", "pkg.**", "a b"):
            with pytest.raises(ValueError, match="pattern"):
                atimport.prefetch(wrong)
    """)


def test_the_profile_of_an_entry_point(package: Python) -> None:
    """A run writes down what it has read; the next one begins with that, and writes only what is new."""
    package.write("program.py", "import pkg.lazy\nassert pkg.lazy.limit == 2\n")
    environment = {"ATIMPORT_PREFETCH": "profile", "XDG_CACHE_HOME": str(package.folder / "cache")}

    def profiles() -> dict[str, tuple[int, list[str]]]:
        found = (package.folder / "cache").glob("**/*.prefetch")
        return {file.name.split(".")[0]: (file.stat().st_mtime_ns, file.read_text().splitlines()) for file in found}

    def run(*words: str) -> None:
        package.start(*words, environment=environment)

    run("-B", "-m", "atimport", "run", "program.py")
    run("-c", "import atimport; atimport.install(); import pkg.lazy")
    assert profiles() == {}
    run("-m", "atimport", "run", "program.py")
    [(name, (written, lines))] = profiles().items()
    assert name == "program"
    assert lines[0] == "atimport prefetch 1"
    assert any("lazy" in line and line.endswith(".ati") for line in lines[1:])
    run("-m", "atimport", "run", "program.py")
    assert profiles()[name] == (written, lines)
    package.write("program.py", "import pkg.lazy, pkg.deep.plain\nassert pkg.lazy.limit == 2\n")
    run("-m", "atimport", "run", "program.py")
    assert any("plain" in line for line in profiles()[name][1])
    run("-m", "atimport", "run", "-m", "program")
    # that of the module is kept beside the interpreter, that of the script beside it
    assert len(list((package.folder / "cache").glob("**/program.*.prefetch"))) == 2


def test_a_profile_of_anything(package: Python) -> None:
    """Lines that are no cached files are left out; what is no file is not read; another format is no profile."""
    package.write("program.py", "import pkg.lazy\nassert pkg.lazy.limit == 2\n")
    environment = {"ATIMPORT_PREFETCH": "profile", "XDG_CACHE_HOME": str(package.folder / "cache")}
    package.start("-m", "atimport", "run", "program.py", environment=environment)
    [profile] = (package.folder / "cache").glob("**/*.prefetch")
    package.run("import os; os.mkfifo('pipe.ati')")
    for text in (
        f"atimport prefetch 1\n{package.folder}/pipe.ati\n/etc/passwd\nrelative.ati\n\0\n",
        "another 9\n",
        "\udcff",
    ):
        profile.write_bytes(text.encode(errors="surrogateescape"))
        package.start("-m", "atimport", "run", "program.py", environment=environment)
        assert "lazy" in profile.read_text()


def test_a_sealed_process_reads_nothing_ahead(package: Python) -> None:
    package.deferred("""
        atimport.seal()
        assert atimport.prefetch("pkg.*") == 0
    """)


def test_another_value_is_told(package: Python) -> None:
    outcome = package.deferred("import pkg.lazy", environment={"ATIMPORT_PREFETCH": "yes"}, warnings="default")
    assert 'ATIMPORT_PREFETCH: "yes" is not "profile"; it is ignored' in outcome.err
