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
    put_line(path, HEAD, line)


def put_line(path: pathlib.Path, head: str, line: str) -> None:
    """Put `line`, which begins with ``| VERSION |``, into the table at `path` for that version's minor, below `head`."""
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def version(one: str) -> list[int]:
        return [int(number) for number in one.split("|")[1].split(".")]

    kept = [one for one in old if one.startswith("| 3.") and version(one)[:2] != version(line)[:2]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head.rstrip("\n"), *sorted([*kept, line], key=version)]) + "\n", encoding="utf-8")
