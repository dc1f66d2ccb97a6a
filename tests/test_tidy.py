"""The house rules that can be checked: layers, the unsafe fence, module docs, file sizes, names, no machine's paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

# What each layer may name; imports go one way. `error` is the door to Python exceptions.
LAYERS = {
    "analysis": {"analysis"},
    "image": {"image"},
    "overrides": {"overrides"},
    "error": {"error", "analysis", "image", "overrides"},
    "runtime": {"runtime", "error", "image", "overrides"},
    "loader": {"loader", "runtime", "error", "image", "overrides", "analysis"},
    "python": {"python", "loader", "runtime", "error", "image", "overrides", "analysis"},
    "lib": {"analysis", "image", "overrides", "error", "runtime", "loader", "python"},
}
PURE = ("analysis", "image", "overrides")
UNSAFE = "src/runtime/ffi.rs"
LIMIT = 400

RUST = sorted((ROOT / "src").rglob("*.rs"))
PYTHON = sorted(path for folder in ("python", "tests", "benches") for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "src").parts[0].removesuffix(".rs")


def code_of(path: Path) -> str:
    """Return a Rust file without comments and string literals, as far as these checks need it."""
    text = re.sub(r'r?#*"(?:[^"\\]|\\.)*"#*', '""', path.read_text(), flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def test_every_layer_is_in_the_table() -> None:
    assert {layer_of(path) for path in RUST} <= set(LAYERS)


@pytest.mark.parametrize("path", RUST, ids=relative)
def test_layers(path: Path) -> None:
    layer = layer_of(path)
    code = code_of(path)
    named = set(re.findall(r"\bcrate::(?:\{)?(\w+)", code))
    for group in re.findall(r"\bcrate::\{([^}]*)\}", code):
        named |= set(re.findall(r"(?:^|,)\s*(\w+)", group))
    assert named & set(LAYERS) <= LAYERS[layer], "imports go one way"
    if layer in PURE:
        assert "pyo3" not in code
        assert not re.search(r"\bstd::(?:env|net|process)\b", code)
    if layer == "analysis":
        assert not re.search(r"\bstd::(?:fs|path|io)\b", code), "the analysis knows no files"
        if path.name != "parse.rs":
            pass  # which files name ruff is checked below


def test_ruff_is_named_in_the_analysis_only() -> None:
    assert {layer_of(path) for path in RUST if "ruff_" in code_of(path)} <= {"analysis"}


def test_pure_layers_forbid_unsafe_code() -> None:
    for layer in PURE:
        assert "#![forbid(unsafe_code)]" in (ROOT / "src" / layer / "mod.rs").read_text(), layer


def test_pure_layers_build_without_python() -> None:
    command = ["cargo", "check", "--locked", "--quiet", "--lib", "--no-default-features"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", RUST, ids=relative)
def test_unsafe_fence(path: Path) -> None:
    if relative(path) != UNSAFE:
        assert not re.search(r"\bunsafe\b", code_of(path)), f"unsafe code belongs in {UNSAFE}"


def test_every_unsafe_block_says_why_it_is_sound() -> None:
    lines = (ROOT / UNSAFE).read_text().splitlines()
    for number, line in enumerate(lines):
        code = line.partition("//")[0]
        if re.search(r"\bunsafe\s*(\{|impl\b)", code):
            before = lines[max(0, number - 6) : number + 1]
            assert any("SAFETY:" in text for text in before), f"{UNSAFE}:{number + 1}: no SAFETY comment"
        elif re.search(r"\bpub(\([a-z]+\))? unsafe\b", code):
            pytest.fail(f"{UNSAFE}:{number + 1}: what the fence exports is safe to call")


@pytest.mark.parametrize("path", RUST + PYTHON, ids=relative)
def test_file_opens_with_documentation(path: Path) -> None:
    start = path.read_text().lstrip()
    if path.suffix == ".rs" and path.name.endswith("_tests.rs"):
        assert start.startswith("//")
    else:
        assert start.startswith("//!" if path.suffix == ".rs" else ('"""', 'r"""')), "no module documentation"


@pytest.mark.parametrize("path", RUST + PYTHON, ids=relative)
def test_file_size(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT, "split it where a second noun appears"


@pytest.mark.parametrize("path", RUST + PYTHON, ids=relative)
def test_file_has_a_noun(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "common", "misc"} & set(path.relative_to(ROOT).with_suffix("").parts)


def test_nothing_speaks_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        return  # a source archive: whoever made it had the repository
    forbidden = re.compile(r"/work\b|/root/|/home/\w|\.pyenv/versions/3\.\d+\.\d+")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        found = forbidden.search(path.read_bytes().decode("utf-8", "replace"))
        assert found is None, f"{name}: {found}"
