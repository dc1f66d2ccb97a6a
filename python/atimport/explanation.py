"""
From what a person types (a path, a dotted name) to the source that is explained; nothing is imported on the way.

Question: "which file would ``import pkg.mod`` execute?" It is separate from the analysis, which knows no files, and
from the loader, which finds modules only while they are imported. ``importlib.util.find_spec("pkg.mod")`` imports
``pkg``; here every finder of ``sys.meta_path`` is asked as ``importlib._bootstrap._find_spec`` does, with the search
locations that the parent's spec has, and no module is made.

>>> print(explain("textwrap", "dedent").name)
dedent
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec
from importlib.util import decode_source

from atimport import _native
from atimport._native import Explanation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Source:
    """A module's source and the name under which it would be imported."""

    __slots__ = ("is_package", "module", "path", "text")

    def __init__(self, *, text: str, path: str, module: str, is_package: bool) -> None:
        """Keep the parts: `module` is the dotted name, `is_package` says whether relative imports start at it."""
        self.text = text
        self.path = path
        self.module = module
        self.is_package = is_package


def explain(target: str | os.PathLike[str], name: str | None = None) -> Explanation:
    """
    Say which statements of a module run, and why: for one name, or for all.

    target: a dotted module name, or a path (an ``os.PathLike``, or a string that has a separator or ends in ``.py``).
    name: a module-level name; None explains every statement.

    Imports nothing and runs nothing. Raises LookupError when the target or the name doesn't exist, or when the module
    has no Python source (built-in, frozen without source, extension); ValueError when the source can't be decoded or
    parsed.
    """
    source = find_source(target)
    return _native.explain(source.text, source.path, source.module, source.is_package, name)


def find_source(target: str | os.PathLike[str]) -> Source:
    """Find a module's source without importing anything; errors as those of `explain`."""
    text = os.fspath(target)
    if not isinstance(target, str) or os.sep in text or text.endswith((".py", ".pyw")):
        return _read_path(text)
    return _read_module(text)


def _read_path(path: str) -> Source:
    if not os.path.exists(path):
        raise LookupError(f"no such file: {path}")
    if os.path.isdir(path):
        path = os.path.join(path, "__init__.py")
        if not os.path.exists(path):
            raise LookupError(f"not a package, there is no such file: {path}")
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise LookupError(f"can't read {path}: {error.strerror}") from error
    folder, file_name = os.path.split(os.path.abspath(path))
    stem = os.path.splitext(file_name)[0]
    parts = [] if stem == "__init__" else [stem]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.append(package)
    module = ".".join(reversed(parts)) or stem
    return Source(text=_decode(content, path), path=path, module=module, is_package=stem == "__init__")


def _read_module(module: str) -> Source:
    if not module or any(not part.isidentifier() for part in module.split(".")):
        raise LookupError(f"neither a dotted module name nor a path: {module!r}")
    spec = find_spec(module)
    if spec.loader is None or spec.origin is None or spec.origin in ("built-in", "frozen"):
        kind = "a namespace package" if spec.loader is None else f"{spec.origin or 'not made from a file'}"
        raise LookupError(f"module {module!r} has no Python source: it is {kind}")
    if hasattr(spec.loader, "get_source"):
        try:
            text = spec.loader.get_source(module)
        except (ImportError, UnicodeDecodeError, SyntaxError) as error:
            raise ValueError(f"can't decode {spec.origin}: {error.__cause__ or error}") from error
        if text is not None:
            is_package = spec.submodule_search_locations is not None
            return Source(text=text, path=spec.origin, module=module, is_package=is_package)
    raise LookupError(f"module {module!r} has no Python source: it is made from {spec.origin}")


def _decode(content: bytes, path: str) -> str:
    try:
        return decode_source(content)
    except (UnicodeDecodeError, SyntaxError) as error:
        raise ValueError(f"can't decode {path}: {error}") from error


def find_spec(module: str) -> ModuleSpec:
    """Return the spec that an import of `module` would use; imports nothing. Raises LookupError when there is none."""
    parent = module.rpartition(".")[0]
    search: Sequence[str] | None = None
    if parent:
        try:
            search = find_spec(parent).submodule_search_locations
        except LookupError as error:
            raise LookupError(f"{str(error).partition(', so ')[0]}, so there is no {module!r}") from None
        if search is None:
            raise LookupError(f"{parent!r} is not a package, so there is no {module!r}")
    spec = _ask_finders(module, search)
    if spec is None:
        raise LookupError(f"no module named {module!r}")
    return spec


def _ask_finders(name: str, search: Sequence[str] | None) -> ModuleSpec | None:
    # The frozen importer comes last: parts of the standard library are frozen, and their source is on the path too.
    finders = [finder for finder in sys.meta_path if finder is not FrozenImporter]
    for finder in [*finders, FrozenImporter, BuiltinImporter]:
        find_spec = getattr(finder, "find_spec", None)
        try:
            spec: ModuleSpec | None = find_spec(name, search) if find_spec is not None else None
        except (KeyError, ModuleNotFoundError):
            # `_NamespacePath.__init__` looks for the parent in sys.modules: a namespace package inside one that has not
            # been imported makes PathFinder raise (KeyError, from 3.15 ModuleNotFoundError).
            spec = _nested_namespace(name, search or ())
        if spec is not None:
            return spec
    return None


def _nested_namespace(name: str, search: Sequence[str]) -> ModuleSpec | None:
    folders = [os.path.join(entry, name.rpartition(".")[2]) for entry in search]
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [folder for folder in folders if os.path.isdir(folder)]
    return spec if spec.submodule_search_locations else None
