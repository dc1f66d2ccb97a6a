"""The record of long runs: a table with a line for each interpreter, kept in the repository.

    | CPython | date | modules | orders each | seed | units a module | … | findings |

Separate from the command because a line replaces the one that the same version had, and leaves the others.
"""

from __future__ import annotations

import datetime
import pathlib
import sys

from .campaign import Options, Result

HEAD = """# Generated modules

Random modules, imported deferred and touched in random orders, compared with their eager run. Made by
`make generated`; the same seed makes the same modules. Names are counted as pending when the import is complete. A
discarded module says nothing, because its eager run raises.

| CPython | date | modules | orders each | seed | units a module | names pending | discarded | seconds | findings |
|---|---|---|---|---|---|---|---|---|---|
"""


def record(path: pathlib.Path, result: Result, options: Options, seed: int) -> None:
    """Put this interpreter's line into the table at `path`."""
    version = ".".join(map(str, sys.version_info[:3]))
    units = result.units / max(result.modules, 1)
    pending = 100 * result.pending / max(result.names, 1)
    line = (
        f"| {version} | {datetime.date.today().isoformat()} | {result.modules:,} | {options.orders} | {seed} | "
        f"{units:.1f} | {pending:.0f} % | {result.discarded:,} | {result.seconds:.0f} | {len(result.findings)} |"
    )
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [
        one for one in old if one.startswith("| 3.") and not one.startswith(f"| {'.'.join(version.split('.')[:2])}.")
    ]
    lines = sorted([*kept, line], key=lambda one: tuple(map(int, one.split("|")[1].strip().split("."))))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
