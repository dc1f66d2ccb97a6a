"""
`prefetch()`: which source files patterns mean.

Question: "where are the modules, if nothing may be executed to find them?" Where the stock finder looks: the top-level
package on ``sys.path``, and below it what its folders hold. A finder of somebody else is not asked, and a package whose
``__path__`` is made when it is executed keeps what it adds to itself: those are imported as ever.
"""

import os
import sys
from _frozen_importlib_external import PathFinder  # of `importlib.machinery`, which would be read from disk

from atimport import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["prefetch"]


def prefetch(patterns: "str | Iterable[str]") -> int:
    """
    Have native threads read the images and pycs of modules before they are imported; returns how many modules.

    patterns: as for `overrides`, and each names its top-level package: ``pkg``, ``pkg.*``, ``pkg.*.tests``; or the
    absolute path of a source file or folder. Nothing is executed, nothing is imported, and the call doesn't wait. An
    import takes what was read only while the file is unchanged. A module that isn't found is left out; once the process
    is sealed, every module is.

    Raises ValueError for a pattern that is malformed or names no package.
    """
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    sources: dict[str, str] = {}
    for pattern in wanted:
        if os.path.isabs(pattern):
            sources.update((path, path) for path in _files(pattern))
            continue
        top = pattern.partition(".")[0]
        if not top.isidentifier():
            raise ValueError(f"prefetch pattern {pattern!r} names no package: write pkg, pkg.* or pkg.*.tests")
        sources.update(_modules(top))
    return _native.prefetch(wanted, list(sources.items()))


def _modules(top: str) -> "Iterator[tuple[str, str]]":
    """Yield name and source of a top-level module and of all that is below it."""
    spec = PathFinder.find_spec(top) if top not in sys.builtin_module_names else None
    if spec is None:
        return
    if spec.origin is not None and spec.origin.endswith(".py"):
        yield top, spec.origin
    for folder in spec.submodule_search_locations or ():
        yield from _below(top, folder)


def _below(package: str, folder: str) -> "Iterator[tuple[str, str]]":
    for entry in _entries(folder):
        stem, suffix = os.path.splitext(entry.name)
        if entry.is_dir():
            if entry.name.isidentifier():
                start = os.path.join(entry.path, "__init__.py")
                if os.path.isfile(start):
                    yield f"{package}.{entry.name}", start
                yield from _below(f"{package}.{entry.name}", entry.path)
        elif suffix == ".py" and stem.isidentifier() and stem != "__init__":
            yield f"{package}.{stem}", entry.path


def _files(path: str) -> "Iterator[str]":
    """Yield the source files at or below a path."""
    if os.path.isdir(path):
        for entry in _entries(path):
            yield from _files(entry.path)
    elif path.endswith(".py"):
        yield path


def _entries(folder: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as found:
            # a link may lead to a folder above
            kept = [entry for entry in found if not (entry.is_symlink() and entry.is_dir())]
    except OSError:
        return []
    return sorted(kept, key=lambda entry: entry.name)
