"""
The installer's flag, for real: distributions built by two back ends, installed by pip, compiled, upgraded, uninstalled.

Their metadata asks for deferral; their sources have no line about it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from environments import Environment
from fresh import Python

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("pip")]

BACKENDS = {
    "hatchling": ('requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n', ""),
    "setuptools": (
        'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        '[tool.setuptools]\npackages = ["PKG", "PKG.sub"]\n',
    ),
}
# One on each interpreter: what they build differs, and hardly by the interpreter.
SHARE = [sorted(BACKENDS)[sys.version_info.minor % len(BACKENDS)]]
SOURCES = {
    "__init__.py": "from pathlib import Path\n\nVERSION = str(VERSION_NUMBER)\n",
    "core.py": "value = len('x')\n\n\ndef double(x):\n    return 2 * x\n",
    "cli.py": "value = len('x')\n",
    "sub/__init__.py": "",
    "sub/deep.py": "value = len('x')\n",
    "template.py": "{{ not }} Python at all\n",
}
ASKS = '[project.entry-points."atimport"]\nPKG = "defer"\n"PKG.cli" = "eager"\n'
STATE = """
import atimport, sys, importlib
atimport.install()
print(*(name or "*" for name in ("", ".core", ".cli", ".sub.deep") if atimport.is_deferred(importlib.import_module(PKG + name))))
assert sys.modules[PKG + ".core"].value == 1 and sys.modules[PKG + ".sub.deep"].value == 1
assert sys.modules[PKG].VERSION == "NUMBER"
assert not {"importlib.metadata", "email"} & set(sys.modules), "no metadata is read at run time"
"""


def project(folder: Path, backend: str, *, version: int = 1, asks: str = ASKS) -> Path:
    """Write the sources of the distribution ``toy-BACKEND``."""
    package = f"toy_{backend}"
    requires, extra = BACKENDS[backend]
    head = f'[build-system]\n{requires}[project]\nname = "toy-{backend}"\nversion = "{version}"\n'
    folder = folder / f"{backend}-{version}-{len(asks)}"
    for file, text in SOURCES.items():
        target = folder / package / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("VERSION_NUMBER", str(version)))
    (folder / "pyproject.toml").write_text(head + (asks + extra).replace("PKG", package))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make an environment with the newest pip and what the command line needs."""
    return Environment.create(tmp_path_factory.mktemp("base") / "environment", "pip", "click", "rich")


@pytest.fixture
def environment(base: Environment, tmp_path: Path) -> Environment:
    """Give a fresh copy of it."""
    return base.copy(tmp_path / "environment")


def deferred(environment: Environment, package: str, *, version: int = 1) -> list[str]:
    """Say which of the package's modules are deferred when they are imported."""
    code = STATE.replace("PKG", repr(package)).replace("NUMBER", str(version))
    return environment.run("-B", "-c", code).stdout.split()


def images(environment: Environment) -> list[str]:
    """List all images of the packages."""
    found = (path.relative_to(environment.packages) for path in environment.packages.glob("toy*/**/*.ati"))
    return sorted(str(path).partition(".")[0] for path in found)


@pytest.mark.parametrize("backend", SHARE)
def test_from_the_build_to_the_uninstallation(environment: Environment, tmp_path: Path, backend: str) -> None:
    package = f"toy_{backend}"
    environment.run("-m", "pip", "install", "--no-deps", project(tmp_path, backend))
    assert deferred(environment, package) == []
    out = environment.run("-m", "atimport", "compile", "--dist", f"toy-{backend}").stdout
    assert out == f"toy-{backend}: 4 images written\n", "not `cli`, and not what isn't Python"
    expected = [
        f"{package}/__pycache__/__init__",
        f"{package}/__pycache__/core",
        f"{package}/sub/__pycache__/__init__",
        f"{package}/sub/__pycache__/deep",
    ]
    assert images(environment) == expected
    assert deferred(environment, package) == ["*", ".core", ".sub.deep"]
    (record,) = environment.packages.glob("toy*.dist-info/RECORD")
    assert record.read_text().count(".ati,sha256=") == 4
    # again: the same
    environment.run("-m", "atimport", "compile", "--dist", f"toy-{backend}")
    assert record.read_text().count(".ati,sha256=") == 4
    # pins win, and so does the switch
    pinned = "import atimport; atimport.install(); import PKG.core; print(atimport.is_deferred(PKG.core))".replace(
        "PKG", package
    )
    for variables, found in ({}, "True"), ({"ATIMPORT_EAGER": f"{package}.*"}, "False"), ({"ATIMPORT": "off"}, "False"):
        assert environment.run("-c", pinned, **variables).stdout.split() == [found]
    # a file that is edited has no flag any more
    core = environment.packages / package / "core.py"
    core.write_text(core.read_text() + "more = 1\n")
    assert deferred(environment, package)[-1:] == [".sub.deep"]
    assert ".core" not in deferred(environment, package)
    # upgraded: nothing that was there is used
    environment.run("-m", "pip", "install", "--no-deps", project(tmp_path, backend, version=2))
    assert images(environment) == []
    assert deferred(environment, package, version=2) == []
    environment.run("-m", "atimport", "compile", "--dist", f"toy-{backend}")
    assert ".core" in deferred(environment, package, version=2)
    # upgraded to one that asks for nothing
    environment.run("-m", "pip", "install", "--no-deps", project(tmp_path, backend, version=3, asks=""))
    assert deferred(environment, package, version=3) == []
    done = environment.run("-m", "atimport", "compile", "--dist", f"toy-{backend}", expect=2)
    assert "asks for nothing" in done.stderr
    # uninstalled: no leftovers
    environment.run("-m", "pip", "install", "--no-deps", "--force-reinstall", project(tmp_path, backend))
    environment.run("-m", "atimport", "compile", "--dist", f"toy-{backend}")
    environment.run("-m", "pip", "uninstall", "-y", f"toy-{backend}")
    assert list(environment.packages.glob("toy*")) == []


def test_compile_says_what_is_wrong(environment: Environment) -> None:
    done = environment.run("-m", "atimport", "compile", "--dist", "no-such", expect=2)
    assert "no distribution 'no-such' is installed here" in done.stderr
    done = environment.run("-m", "atimport", "compile", "--dist", "click", expect=2)
    assert "click asks for nothing" in done.stderr


def test_the_plug_point_takes_and_returns_rows_of_a_record(python: Python) -> None:
    for file in (
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
        "pkg/declared.py",
        "pkg/invalid.py",
        "other.py",
        "pkg/data.txt",
    ):
        python.write(file, "value = len('x')\n")
    python.write("pkg/declared.py", "__at_import__ = None\nvalue = len('x')\n")
    python.write("pkg/invalid.py", "__at_import__ = 3\nvalue = len('x')\n")
    python.run("""
        import sys
        from atimport.installer import write_images
        files = ["pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/declared.py", "pkg/invalid.py", "other.py", "pkg/data.txt",
                 "../../bin/tool.py", "pkg-1.dist-info/RECORD"]
        written = write_images(files, root=".", modules={"pkg": "defer", "pkg.b": "eager"})
        tag = sys.implementation.cache_tag
        assert written == [f"pkg/__pycache__/{name}.{tag}.ati" for name in ("__init__", "a", "declared")], written
        assert not any(name.startswith("pkg") for name in sys.modules), "nothing is imported"
    """)
    python.deferred("""
        import pkg.a, pkg.b, pkg.declared, other
        assert [atimport.is_deferred(m) for m in (pkg, pkg.a, pkg.b, pkg.declared, other)] == [True, True, False, True, False]
    """)


def test_an_unknown_wish_is_an_error(python: Python) -> None:
    python.write("toy-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1\n")
    python.write("toy-1.dist-info/entry_points.txt", "[atimport]\ntoy = lazily\n")
    python.write("toy-1.dist-info/RECORD", "")
    python.run("""
        from importlib.metadata import distribution
        from atimport.installer import compile_distribution
        try:
            compile_distribution(distribution("toy"))
        except ValueError as error:
            assert "'toy'" in str(error) and "'lazily'" in str(error)
        else:
            raise AssertionError("accepted")
    """)
