"""The record of a whole run, kept in the repository.

Separate from the command because it is all that knows what the page looks like.
"""

from __future__ import annotations

import datetime
import pathlib
import re
import subprocess

from . import corpus
from .targets import FUZZ, Run

PAGE = """# Fuzzing

Coverage-guided fuzzing of the layers that know no Python, and sources of hostile size. Made by `make fuzz` on {date}
with {rustc} and libfuzzer-sys {libfuzzer}.

| target | checks | seconds | executions | edges | corpus | findings |
|---|---|--:|--:|--:|---|--:|
{targets}

An *edge* is a way through the code that some input has taken. The corpus is what is committed; `make test` replays it,
and every former finding: {findings}.

## Hostile sizes

Every shape of `fuzz/checks/hostile.rs` at its largest size, in a process of its own, on one thread with a stack of 8 MB.
What is allowed: a source four times as long may take at most twelve times as long, and 300 MB of memory and 500 bytes
for each of the source.

| shape | size | MB of source | seconds | MB of memory | outcome |
|---|--:|--:|--:|--:|---|
{shapes}
"""


def row(run: Run) -> str:
    """The row of a target."""
    text = (FUZZ / "checks" / f"{run.target}.rs").read_text(encoding="utf-8")
    says = text.splitlines()[0].removeprefix("//! ").rstrip(".")
    number, size = corpus.size(run.target)
    return (
        f"| `{run.target}` | {says} | {run.seconds} | {run.executions:,} | {run.edges:,} | "
        f"{number} inputs, {size / 1000:.0f} kB | {len(run.findings)} |"
    )


def replace(path: pathlib.Path, runs: list[Run]) -> None:
    """Replace the rows of some targets in the page at `path`."""
    page = path.read_text(encoding="utf-8")
    for run in runs:
        new = row(run)
        page, count = re.subn(rf"^\| `{run.target}` \|.*$", lambda _, new=new: new, page, flags=re.M)
        assert count == 1, f"{path} has no row of {run.target}"
    former = len(list((FUZZ / "findings").glob("*/*")))
    page = re.sub(r"(?<=every former finding: )\d+", str(former), page)
    path.write_text(page, encoding="utf-8")


def write(path: pathlib.Path, runs: list[Run], shapes: list[str]) -> None:
    """Write the page at `path`."""
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split(" (")[0]
    lock = (FUZZ / "Cargo.lock").read_text(encoding="utf-8")
    libfuzzer = re.search(r'name = "libfuzzer-sys"\nversion = "(.*)"', lock)[1]  # type: ignore[index]
    targets = [row(run) for run in runs]
    former = sorted((FUZZ / "findings").glob("*/*"))
    page = PAGE.format(
        date=datetime.date.today().isoformat(),
        rustc=rustc,
        libfuzzer=libfuzzer,
        targets="\n".join(targets),
        findings=len(former),
        shapes="\n".join(shapes),
    )
    path.write_text(page, encoding="utf-8")
