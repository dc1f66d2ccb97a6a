"""
The modules that can be compared: from what a person types to dotted names.

A `Target` is a dotted module name and the group that it is reported under. Modules are found by walking folders,
without importing anything; one that does not import eagerly is found out when it is run, and left out.

>>> sorted(find("json").modules)
['json', 'json.decoder', 'json.encoder', 'json.scanner', 'json.tool']
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
from collections.abc import Container
from importlib.machinery import ModuleSpec

from atimport.explanation import find_source, find_spec

PROGRAM = "__main__"


@dataclasses.dataclass(frozen=True, order=True)
class Target:
    """One module to compare, and the group that it is reported under."""

    group: str
    module: str


@dataclasses.dataclass
class Found:
    """What a person's words mean: the modules below it, in order, and those of them that are never run."""

    words: str  # as they were typed
    tops: list[str]  # the modules that the words themselves name
    modules: dict[str, pathlib.Path]  # dotted name -> file
    root: pathlib.Path | None = None  # the folder from which they are imported, when that is not on the path
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)  # dotted name -> reason

    def __post_init__(self) -> None:
        """Leave out programs."""
        for name in [name for name in self.modules if name.rpartition(".")[2] == PROGRAM]:
            del self.modules[name]
            self.left_out[name] = "it is a program: importing it would run it"


def find(words: str) -> Found:
    """
    Find the modules that `words` mean: a dotted name of a module or package, or a path of a file or folder.

    A path has a separator or ends in ``.py``, or is ``.`` or ``..``. A folder that is not a package stands for the
    modules and packages in it. Raises LookupError when there is no such module with a Python source.
    """
    is_path = os.sep in words or words.endswith(".py") or words in (os.curdir, os.pardir)
    return _find_path(words) if is_path else _find_module(words)


def modules_below(folder: pathlib.Path, prefix: str = "", *, skip: Container[str] = ()) -> dict[str, pathlib.Path]:
    """
    Return all Python modules in `folder`, packages (those with an ``__init__.py``) included: dotted name to file.

    prefix: goes before every name (``pkg.``). skip: names of files and folders, without ending, that are passed over.
    """
    found = {}
    for entry in sorted(folder.iterdir()):
        name = entry.name if entry.is_dir() else entry.stem
        if name in skip or not name.isidentifier():
            continue
        if entry.is_dir() and (entry / "__init__.py").exists():
            found[prefix + name] = entry / "__init__.py"
            found |= modules_below(entry, f"{prefix}{name}.", skip=skip)
        elif entry.suffix == ".py" and name != "__init__":
            found[prefix + name] = entry
    return found


def _find_path(words: str) -> Found:
    path = pathlib.Path(words)
    if path.is_dir() and not (path / "__init__.py").exists():
        modules = modules_below(path.resolve())
        if not modules:
            raise LookupError(f"there is no Python module in {words}")
        return Found(words, [name for name in modules if "." not in name], modules, path.resolve())
    source = find_source(os.path.join(words, "__init__.py") if path.is_dir() else words)
    file = pathlib.Path(source.path).resolve()
    modules = {source.module: file}
    if source.is_package:
        modules |= modules_below(file.parent, source.module + ".")
    return Found(words, [source.module], modules, _root(source.module, file, is_package=source.is_package))


def _find_module(words: str) -> Found:
    locations = _find_spec(words).submodule_search_locations if _is_dotted(words) else None
    if locations is not None and not any(os.path.exists(os.path.join(one, "__init__.py")) for one in locations):
        folders = list(dict.fromkeys(pathlib.Path(one).resolve() for one in locations))
        modules: dict[str, pathlib.Path] = {}
        for folder in folders:
            if folder.is_dir():
                modules |= modules_below(folder, words + ".")
        if not modules:
            raise LookupError(f"there is no Python module in {words!r}: {', '.join(map(str, folders))}")
        tops = [name for name in modules if name.count(".") == words.count(".") + 1]
        return Found(words, tops, modules, _unless_on_path(folders[0].parents[words.count(".")]))
    source = find_source(words)
    file = pathlib.Path(source.path).resolve()
    modules = {words: file}
    if source.is_package:
        modules |= modules_below(file.parent, words + ".")
    return Found(words, [words], modules, _unless_on_path(_root(words, file, is_package=source.is_package)))


def _find_spec(words: str) -> ModuleSpec:
    try:
        return find_spec(words)
    except LookupError as error:
        if os.path.exists(words):
            raise LookupError(f"{error.args[0]}; for the path, write {os.path.join(os.curdir, words)}") from None
        raise


def _is_dotted(words: str) -> bool:
    return all(part.isidentifier() for part in words.split("."))


def _root(module: str, file: pathlib.Path, *, is_package: bool) -> pathlib.Path:
    return file.parents[module.count(".") + is_package]


def _unless_on_path(root: pathlib.Path) -> pathlib.Path | None:
    return None if any(os.path.realpath(entry) == str(root) for entry in sys.path) else root
