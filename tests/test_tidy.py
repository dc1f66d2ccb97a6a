"""The house rules that can be checked: layers, the unsafe fence, module docs, file sizes, names, no machine's paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from fresh import ROOT

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
UNSAFE = "src/runtime/ffi"
LIMIT = 400

RUST = sorted((ROOT / "src").rglob("*.rs"))
#: Rust outside the layers: what fuzzes and tests them, and the measurements.
OTHER_RUST = sorted(
    path
    for pattern in ("fuzz/checks/*.rs", "fuzz/fuzz_targets/*.rs", "tests/*.rs", "benches/*.rs")
    for path in ROOT.glob(pattern)
)
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


def test_one_file_names_the_parser() -> None:
    assert {relative(path) for path in RUST if "ruff_" in code_of(path)} <= {"src/analysis/parse.rs"}


def test_pure_layers_forbid_unsafe_code() -> None:
    for layer in PURE:
        assert "#![forbid(unsafe_code)]" in (ROOT / "src" / layer / "mod.rs").read_text(), layer


def is_fenced(path: Path) -> bool:
    return relative(path).startswith((f"{UNSAFE}.rs", f"{UNSAFE}/"))


@pytest.mark.parametrize("path", RUST, ids=relative)
def test_unsafe_fence(path: Path) -> None:
    if not is_fenced(path):
        assert not re.search(r"\bunsafe\b", code_of(path)), f"unsafe code belongs in {UNSAFE}"


@pytest.mark.parametrize("path", [path for path in RUST if is_fenced(path)], ids=relative)
def test_every_unsafe_block_says_why_it_is_sound(path: Path) -> None:
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.search(r"\bunsafe\s*(\{|impl\b)", line.partition("//")[0]):
            before = lines[max(0, number - 6) : number + 1]
            assert any("SAFETY:" in text for text in before), f"{relative(path)}:{number + 1}: no SAFETY comment"


def test_what_the_fence_exports_is_safe_to_call() -> None:
    for path in RUST:
        if is_fenced(path):
            assert not re.search(r"\bpub(\(crate\))? unsafe fn\b", code_of(path)), relative(path)


@pytest.mark.parametrize("path", RUST + OTHER_RUST + PYTHON, ids=relative)
def test_file_opens_with_documentation(path: Path) -> None:
    start = path.read_text().lstrip()
    if path.suffix == ".rs" and path.name.endswith("_tests.rs"):
        assert start.startswith("//")
    else:
        assert start.startswith("//!" if path.suffix == ".rs" else ('"""', 'r"""')), "no module documentation"


@pytest.mark.parametrize("path", RUST + OTHER_RUST + PYTHON, ids=relative)
def test_file_size(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT, "split it where a second noun appears"


@pytest.mark.parametrize("path", RUST + PYTHON, ids=relative)
def test_file_has_a_noun(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "common", "misc"} & set(
        path.relative_to(ROOT).with_suffix("").parts
    )


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
