"""
The modules that can be compared.

A `Target` is a dotted module name and the group that it is reported under. Modules are found by walking folders,
without importing anything; one that does not import eagerly is found out when it is run, and left out.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Container


@dataclasses.dataclass(frozen=True, order=True)
class Target:
    """One module to compare, and the group that it is reported under."""

    group: str
    module: str


def modules_below(folder: pathlib.Path, prefix: str = "", *, skip: Container[str] = ()) -> list[str]:
    """
    Return the dotted names of all Python modules in `folder`, packages (those with an ``__init__.py``) included.

    prefix: goes before every name (``pkg.``). skip: names of files and folders, without ending, that are passed over.
    """
    found = []
    for entry in sorted(folder.iterdir()):
        name = entry.name if entry.is_dir() else entry.stem
        if name in skip or not name.isidentifier():
            continue
        if entry.is_dir() and (entry / "__init__.py").exists():
            found.append(prefix + name)
            found += modules_below(entry, f"{prefix}{name}.", skip=skip)
        elif entry.suffix == ".py" and name != "__init__":
            found.append(prefix + name)
    return found
