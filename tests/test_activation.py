"""`atimport enable` and `disable` in a virtual environment: on at every start, off where it has to be, cheap, reversible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import atimport

ASK = "import m, sys; print('atimport' in sys.modules and sys.modules['atimport'].is_deferred(m))"


class Venv:
    """A virtual environment without pip, with the atimport that is being tested and what its command line needs."""

    def __init__(self, folder: Path) -> None:
        """Make it in `folder`."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.python = folder / "bin" / "python"
        (self.packages,) = (folder / "lib").glob("python*/site-packages")
        ours = Path(atimport.__file__).parent.parent
        # a path file of its own: whatever is installed beside atimport in the tests' environment, without its hooks
        (self.packages / "tests.pth").write_text(f"{ours}\n")
        (self.packages / "m.py").write_text("__at_import__ = None\nvalue = len('x')\n")

    def run(self, *words: str, expect: int = 0, **variables: str) -> str:
        """Run ``python WORDS`` and return what it prints."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "ATIMPORT", "EAGER"))}
        done = subprocess.run(
            [self.python, *words],
            env=inherited | variables,
            cwd=self.packages,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    """Give a fresh environment."""
    return Venv(tmp_path / "venv")


def test_enabled_at_every_start_until_disabled(venv: Venv) -> None:
    before = {path.name for path in venv.packages.iterdir()}
    assert venv.run("-c", ASK) == "False\n"
    assert venv.run("-m", "atimport", "enable").startswith("enabled: ")
    assert venv.run("-m", "atimport", "enable").startswith("enabled: ")
    assert venv.run("-c", ASK) == "True\n"
    assert venv.run("-m", "atimport", "disable").startswith("disabled: removed ")
    assert venv.run("-m", "atimport", "disable") == "it was not enabled\n"
    assert venv.run("-c", ASK) == "False\n"
    assert {path.name for path in venv.packages.iterdir()} - {"__pycache__"} == before
    assert not list(venv.packages.glob("__pycache__/_atimport*"))


@pytest.mark.parametrize(
    ("options", "variables", "expected"),
    [
        ([], {}, "True\n"),
        (["-I"], {}, "False\n"),
        ([], {"ATIMPORT": "off"}, "False\n"),
        ([], {"ATIMPORT": " OFF "}, "False\n"),
        ([], {"ATIMPORT": "on"}, "True\n"),
        ([], {"EAGER_IMPORT": "1"}, "False\n"),
        (["-O"], {}, "True\n"),
        (["-P"], {}, "True\n"),
    ],
)
def test_it_is_respected_where_it_has_to_be_off(
    venv: Venv, options: list[str], variables: dict[str, str], expected: str
) -> None:
    venv.run("-m", "atimport", "enable")
    assert venv.run(*options, "-c", ASK, **variables) == expected
    loaded = venv.run("-S", "-c", "import sys; print([name for name in sys.modules if 'atimport' in name])")
    assert loaded == "[]\n", "without site"


def test_nothing_is_loaded_before_the_first_import_from_elsewhere(venv: Venv) -> None:
    venv.run("-m", "atimport", "enable")
    code = "print([name for name in sys.modules if 'atimport' in name])"
    assert venv.run("-c", f"import sys; {code}") == "['_atimport_enabled']\n"
    assert venv.run("-c", f"import sys, wave; {code}") == "['_atimport_enabled']\n"
    assert "'atimport._native'" in venv.run("-c", f"import sys, m; {code}")
    assert "'atimport._native'" in venv.run("-c", f"import sys, wave; {code}", ATIMPORT_DEFER="wave")
    deferred = "import wave, atimport; print(atimport.is_deferred(wave))"
    assert venv.run("-c", deferred, ATIMPORT_DEFER="wave") == "True\n"


def test_an_environment_whose_atimport_is_gone_works(venv: Venv) -> None:
    venv.run("-m", "atimport", "enable")
    (venv.packages / "tests.pth").unlink()
    assert venv.run("-c", ASK) == "False\n"
    assert "atimport is enabled here, but:" in venv.run("-v", "-c", "import m")


def test_outside_of_a_virtual_environment_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from atimport import activation

    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(RuntimeError, match="not of a virtual environment"):
        activation.enable()
