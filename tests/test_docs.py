"""
What the documents show is what happens: every fenced Python block and every command runs, with the output shown.

A Python block is run as a script, or, below a line ``<!-- file: NAME -->``, saved under that name for the blocks that
follow. In a console block, lines after ``$ command`` are its output, but for empty lines; ``...`` alone stands for any,
and inside a line for any part of it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fresh import LIMIT, ROOT, Python

DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "spec").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
BLOCK = re.compile(r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", flags=re.M | re.S)
LANGUAGES = {"python", "console", "toml", "text"}


@dataclass(frozen=True)
class Block:
    """A fenced block and where it starts."""

    document: Path
    line: int
    language: str
    file: str | None
    text: str


def blocks(document: Path) -> list[Block]:
    text = document.read_text()
    return [
        Block(document, text[: found.start()].count("\n") + 1, found["language"], found["file"], found["text"])
        for found in BLOCK.finditer(text)
    ]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_documents_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "spec/terms.md", "spec/deviations.md", "spec/cases/README.md"):
        assert ROOT / name in DOCUMENTS


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_document(document: Path, python: Python) -> None:
    (python.folder / "examples").symlink_to(ROOT / "examples")
    for block in blocks(document):
        where = f"{relative(document)}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: a block of an unknown language"
        if block.file is not None:
            python.write(block.file, block.text)
        elif block.language == "python":
            python.start("-c", block.text)
        elif block.language == "console":
            for command, expected in commands(block.text):
                if command.startswith("make "):
                    assert_target(command.split()[1])
                elif not command.startswith(("pip ", "git ")):
                    check_command(python, command, expected, where)


def commands(text: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output shown."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.M)
    assert not parts[0].strip(), "output without a command"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def assert_target(name: str) -> None:
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), flags=re.M), f"make {name}: no such target"


def check_command(python: Python, command: str, expected: str, where: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = python.environment(PATH=path, PYTHONPYCACHEPREFIX=str(python.folder / "cache"))
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=python.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, f"{where}: $ {command}\n{shown}"
    if expected:
        lines = [
            "(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"
            for line in expected.splitlines()
            if line
        ]
        printed = "".join(f"{line.rstrip()}\n" for line in shown.splitlines() if line)
        assert re.fullmatch("".join(lines), printed), f"{where}: $ {command}\nshown:\n{expected}\nprinted:\n{shown}"


def test_relative_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{relative(document)}: {target}"


def test_the_version_is_in_the_changelog() -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), flags=re.M)
    assert version is not None
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_specification_has_the_headings_of_a_pep() -> None:
    text = (ROOT / "spec" / "at-import.rst").read_text()
    headings = re.findall(r"^(.+)\n=+$", text, flags=re.M)
    wanted = [
        "Abstract",
        "Motivation",
        "Rationale",
        "Specification",
        "Backwards Compatibility",
        "Security Implications",
    ]
    wanted += ["How to Teach This", "Reference Implementation", "Rejected Ideas"]
    assert [heading for heading in headings if heading in wanted] == wanted
