"""
The modules that the start-up benchmark imports: copies of big modules of the standard library, and empty ones.

Each kind of module stands many times in the package ``copies``, under fresh names, because a name can be imported only
once in a process; a module of statements imports them one by one and says how long each took.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from processes import environment
from startup_worker import LOADED as STDLIB

DECLARATION = "\n__at_import__ = None\n"
EMPTY = "empty"


def plain(kind: str) -> str:
    """Name the copies of a module that don't opt in."""
    return f"plain_{kind}"


def write(python: str, folder: Path, *, count: int, declared: bool = True, undeclared: bool = True) -> None:
    """Write `count` copies of each module, opted in and not, and as many empty modules."""
    code = (
        "import importlib.util, sys; print(*(importlib.util.find_spec(name).origin for name in sys.argv[1:]), sep='|')"
    )
    words = [python, "-c", code, *STDLIB]
    found = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True).stdout
    sources = {EMPTY: ""}
    for kind, path in zip(STDLIB, found.strip().split("|"), strict=True):
        text = Path(path).read_text(encoding="utf-8")
        sources |= {kind: text + DECLARATION} if declared else {}
        sources |= {plain(kind): text} if undeclared else {}
    package = folder / "copies"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for kind, text in sources.items():
        for number in range(count):
            (package / f"{kind}_{number}.py").write_text(text, encoding="utf-8")


def statements(folder: Path, name: str, kinds: Iterable[str], *, count: int) -> None:
    """
    Write the module `name` (and another with lazy_loader's calls) that imports `count` modules of each kind.

    Its FOUND has the nanoseconds of each statement by kind.
    """
    for suffix, word in (("", "import copies.{0} as {0}"), ("_lazy_loader", "{0} = lazy_loader.load('copies.{0}')")):
        lines = ["import lazy_loader"] if suffix else []
        lines += ["from time import perf_counter_ns as clock", "import copies", "copies.__file__, clock()"]
        lines += [f"FOUND = {{kind: [] for kind in {tuple(kinds)!r}}}"]
        for number in range(count):
            for kind in kinds:
                lines += [
                    "begin = clock()",
                    word.format(f"{kind}_{number}"),
                    f"FOUND[{kind!r}].append(clock() - begin)",
                ]
        (folder / f"{name}{suffix}.py").write_text("\n".join([*lines, ""]))
