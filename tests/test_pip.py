"""
The real pip, deferred by assumption, installing a wheel that overwrites a module of pip which is loaded late.

The class of attack of pypa/pip #13079 and CVE-2026-6357. Two releases of pip: the newest one, and 26.2.1, the last
that only warns of late imports; the newest refuses them by itself (pypa/pip #14247), so that deferral breaks it where it
would open a hole in the other. Two modules, which have promised nothing, are left out of the
assumption everywhere: `pip._internal.cli.base_command` is imported for an effect (it imports `logging.config`, on which
`pip._internal.utils.logging` relies), and `pip._vendor.rich._windows_renderer` raises on purpose on other systems, which
pip expects to happen at import.

Everything comes from PyPI, into virtual environments below a temporary folder. Without a network these tests fail, unless
``ATIMPORT_ALLOW_OFFLINE=1`` says that they may be left out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from environments import Environment
from fresh import ROOT

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("pip")]

WARNS = "pip==26.2.1"
NEWEST = "pip"
DEFER = {
    "ATIMPORT_DEFER": "pip.*",
    "ATIMPORT_EAGER": "pip._internal.cli.base_command,pip._vendor.rich._windows_renderer",
}
PINNED = {"ATIMPORT_DEFER": "pip.*", "ATIMPORT_EAGER": "pip.*"}
PINS = ROOT / "python" / "atimport" / "pins.py"
# imports of modules that were not in `sys.modules` once pip has begun to install, one a line
LATE = """\
            import sys as _sys
            _known = frozenset(_sys.modules)
            def _late(event, arguments, _known=_known, _std=_sys.stdlib_module_names | {*_sys.builtin_module_names}):
                if event == "import" and arguments[0] not in _known and arguments[0].partition(".")[0] not in _std:
                    with open(LATE_FILE, "a") as file:
                        print(arguments[0], file=file)
"""
RESOLVE = """\
            import atimport
            atimport.resolve("pip.*")
            atimport.seal()
"""


@dataclass(frozen=True)
class PipEnvironment(Environment):
    """An environment whose pip is attacked."""

    def install(self, wheel: Path, expect: int | None = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Install a wheel by pip under the loader."""
        words = ["-m", "atimport", "run", "-m", "pip", "install", "--no-index", "--no-deps", wheel]
        return self.run(*words, expect=expect, **variables)

    def edit(self, path: str, pattern: str, before: str) -> None:
        """Insert text in front of the line that matches, in a file of pip."""
        file = self.packages / path
        text, count = re.subn(f"^(?={pattern})", lambda _: before, file.read_text(), count=1, flags=re.M)
        assert count == 1, f"{pattern} is not in {path}"
        file.write_text(text)

    @property
    def marks(self) -> set[str]:
        """What planted code has left behind: the names of the modules that ran."""
        file = self.folder / "planted"
        return set(file.read_text().split()) if file.exists() else set()

    @property
    def late(self) -> set[str]:
        """Modules from elsewhere that were imported once pip had begun to install."""
        file = self.folder / "late"
        return set(file.read_text().split()) if file.exists() else set()

    def watch(self, *, resolve: bool = False) -> None:
        """Make pip record what it imports late; `resolve`: and resolve and seal just before it installs."""
        before = LATE.replace("LATE_FILE", repr(str(self.folder / "late"))) + (RESOLVE if resolve else "")
        begins = r" +(self\._import_guard\.enter_context|installed = install_given_reqs)\("
        after = "            _sys.addaudithook(_late)\n"
        self.edit("pip/_internal/commands/install.py", begins, before + after)


def wheel(path: Path, name: str, files: dict[str, str]) -> Path:
    """Write a wheel that holds `files`."""
    info = f"{name}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for file, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{file},sha256={digest},{len(text.encode())}\n")
    target = path / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for file, text in (files | {f"{info}/RECORD": "".join(rows) + f"{info}/RECORD,,\n"}).items():
            archive.writestr(file, text)
    return target


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PipEnvironment]:
    """Make an environment for each release of pip, with the atimport that is being tested."""
    made = {}
    for requirement in (WARNS, NEWEST):
        made[requirement] = PipEnvironment.create(tmp_path_factory.mktemp("base") / "environment", requirement)
    return made


@pytest.fixture(params=[WARNS, NEWEST])
def fresh(request: pytest.FixtureRequest, bases: dict[str, PipEnvironment], tmp_path: Path) -> PipEnvironment:
    """Give a fresh environment with one of the pips."""
    return bases[request.param].copy(tmp_path / "environment")


@pytest.fixture(scope="module")
def late(bases: dict[str, PipEnvironment], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Find the modules of pip that a deferred pip imports once it has begun to install."""
    folder = tmp_path_factory.mktemp("late")
    environment = bases[WARNS].copy(folder / "environment")
    environment.watch()
    environment.install(wheel(folder, "toy", {"toy.py": "value = 1\n"}), **DEFER)
    return {name for name in environment.late if name.startswith("pip.")}


@pytest.fixture
def attack(fresh: PipEnvironment, late: set[str], tmp_path: Path) -> Path:
    """Give a wheel that overwrites those modules, by code that leaves a mark."""
    files = {"toy.py": "value = 1\n"}
    mark = f"open({str(fresh.folder / 'planted')!r}, 'a').write(__name__ + '\\n')\n"
    for name in late:
        path = name.replace(".", "/")
        file = f"{path}/__init__.py" if (fresh.packages / path).is_dir() else f"{path}.py"
        if (fresh.packages / file).exists():
            files[file] = mark + (fresh.packages / file).read_text().replace("from __future__ import annotations", "")
    assert len(files) > 1, late
    return wheel(tmp_path, "toy", files)


def test_a_deferred_pip_imports_late(late: set[str]) -> None:
    assert len(late) >= 3, late
    print("imported late:", sorted(late))


def test_unprotected_the_planted_code_runs(fresh: PipEnvironment, attack: Path) -> None:
    """The hole exists; where pip itself refuses late imports, deferral breaks it instead (not on 3.15)."""
    refuses = "_import_guard" in (fresh.packages / "pip/_internal/commands/install.py").read_text()
    done = fresh.install(attack, expect=None, **DEFER)
    if refuses:
        # on 3.15 it looks through the globals of all functions before, which resolves them
        assert ("Blocked import of" in done.stderr) == (sys.version_info < (3, 15)), done.stderr
        assert (done.returncode != 0) == (sys.version_info < (3, 15))
        assert fresh.marks == set()
    else:
        assert done.returncode == 0, done.stderr
        print("planted code that ran:", sorted(fresh.marks))
        assert fresh.marks, "the planted code did not run: the attack is not what it says"


def test_with_the_pin_it_does_not(fresh: PipEnvironment, attack: Path) -> None:
    fresh.watch()
    fresh.install(attack, **PINNED)
    assert fresh.marks == set()
    assert fresh.late == set()
    fresh.run("-c", "import toy; assert toy.value == 1")


def test_resolved_and_sealed_it_does_not(fresh: PipEnvironment, attack: Path) -> None:
    fresh.watch(resolve=True)
    done = fresh.install(attack, **DEFER)
    assert "Successfully installed toy" in done.stdout
    assert fresh.marks == set()
    assert fresh.late == set(), "modules from outside of the standard library that were imported after the seal"


VENDORED = "import pip._vendor.packaging.version as m, atimport; print(atimport.is_deferred(m))"


def test_a_vendored_library_that_declares_itself(fresh: PipEnvironment, attack: Path) -> None:
    """Deferred without the pin, eager under it."""
    library = fresh.packages / "pip/_vendor/packaging/version.py"
    text = library.read_text()
    declared = text.replace(
        "from __future__ import annotations\n", "from __future__ import annotations\n__at_import__ = None\n"
    )
    assert declared != text
    library.write_text(declared)
    code = f"import atimport; atimport.install(); {VENDORED}"
    assert fresh.run("-c", code).stdout.split() == ["True"]
    assert fresh.run("-c", code, ATIMPORT_EAGER="pip._vendor.*").stdout.split() == ["False"]
    late_pin = f"import atimport; atimport.install(); import pip._vendor.packaging.version; atimport.overrides.pin_eager('pip._vendor.*'); {VENDORED}"
    assert fresh.run("-c", late_pin).stdout.split() == ["False"]
    fresh.install(attack, **{**PINNED, "ATIMPORT_DEFER": ""})
    assert fresh.marks == set()


@pytest.mark.parametrize("installed", [True, False], ids=["with atimport", "without atimport"])
def test_pins_vendored_into_pip(fresh: PipEnvironment, attack: Path, installed: bool) -> None:
    """One file copied into pip's tree and two lines: safe under the loader, and unchanged where there is none."""
    shutil.copyfile(PINS, fresh.packages / "pip/_vendor/pins.py")
    fresh.edit(
        "pip/__init__.py", "def main", "from pip._vendor import pins\npins.pin('pip.*', reason='replaces itself')\n\n\n"
    )
    begins = r" +(self\._import_guard\.enter_context|installed = install_given_reqs)\("
    lines = '            pins.resolve("pip.*")\n            pins.seal()\n'
    fresh.edit("pip/_internal/commands/install.py", "logger = ", "from pip._vendor import pins\n")
    fresh.edit("pip/_internal/commands/install.py", begins, lines)
    if installed:
        done = fresh.install(attack, **DEFER)
    else:
        (fresh.packages / "atimport").unlink()
        assert fresh.run("-m", "pip", "--version").stdout.startswith("pip 2")
        done = fresh.run("-m", "pip", "install", "--no-index", "--no-deps", attack)
    assert "Successfully installed toy" in done.stdout
    # what is planted is a module of pip from now on; it must not have run while it was being installed
    assert fresh.marks == set()
    assert "toy" in fresh.run("-m", "pip", "list").stdout
