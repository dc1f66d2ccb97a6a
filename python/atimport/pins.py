"""
Pins, resolving and the seal for tools that can't depend on atimport. Made to be copied: one file, Python 3.9 or newer.

Question: "how does an installer make sure that nothing is imported late, whatever is installed beside it?" With
atimport in the process, each function is that of atimport. Without it, the same is done for the lazy objects of the
interpreter (PEP 810, Python 3.15), and where there are none, there is nothing to do but to seal::

    from mytool._vendor import pins

    pins.pin("mytool.*", reason="replaces its own files")     # first of all, in mytool/__init__.py
    ...
    pins.resolve("mytool.*")                                  # before the point of no return
    pins.seal()                                               # from here on, only the standard library is imported

Pins also go into ``sys.at_import_eager``, where an atimport that is imported later finds them. A pattern is ``pkg``
(that module), ``pkg.*`` (that module and everything below it) or ``*``.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import FrameType, ModuleType
    from typing import Any

__all__ = ["Report", "SealedImportError", "is_pinned", "pending", "pin", "resolve", "seal"]


class SealedImportError(ImportError):
    """A module from elsewhere was asked for after `seal`. With atimport, ``atimport.SealedImportError`` is raised."""


class Report:
    """What `resolve` did: qualified names that were `resolved`, and pairs of a name and its exception in `errors`."""

    def __init__(self) -> None:
        """Start empty."""
        self.resolved: list[str] = []
        self.errors: list[tuple[str, BaseException]] = []


def pin(*patterns: str, reason: str = "", owner: str = "") -> None:
    """
    Make modules eager whatever they declare, from now on; with atimport also what is pending in them already.

    Raises ValueError for a malformed pattern, RuntimeError when atimport's registry is frozen.
    """
    for pattern in patterns:
        _check(pattern)
    native = _native()
    if native is not None:
        for pattern in patterns:
            native.overrides.pin_eager(pattern, reason=reason, owner=owner or __name__)
    known = _known()
    state: Any = sys
    state.at_import_eager = known + tuple(pattern for pattern in patterns if pattern not in known)
    if native is None and hasattr(state, "set_lazy_imports_filter"):
        current = state.get_lazy_imports_filter()
        if not isinstance(current, _Filter):
            state.set_lazy_imports_filter(_Filter(current))


def is_pinned(name: str) -> bool:
    """Say whether a module is eager because of a pin; does not import it."""
    native = _native()
    if native is not None:
        return bool(native.overrides.decide(name).mode == "eager")
    return any(_matches(pattern, name) for pattern in _known())


def pending(pattern: str = "*") -> tuple[str, ...]:
    """Name what has not run yet in matching modules, as ``module.name``; triggers nothing."""
    _check(pattern)
    native = _native()
    found = []
    for name, module in list(sys.modules.items()):
        if _matches(pattern, name) and isinstance(module, _module_type()):
            if native is not None and native.is_deferred(module):
                # its lazy objects stand for names of the module itself
                found += [f"{name}.{attribute}" for attribute in native.pending(module)]
                continue
            found += [f"{name}.{attribute}" for attribute, _ in _lazy(module)]
    return tuple(dict.fromkeys(found))


def resolve(pattern: str = "*") -> Report:
    """
    Run what is pending in matching modules until nothing is; errors are collected. Idempotent.

    Names that hold lazy objects (PEP 810) are bound to what these stand for.
    """
    _check(pattern)
    report = Report()
    native = _native()
    if native is not None:
        try:
            done = native.resolve(pattern)
        except LookupError:  # nothing that matches has been imported
            return report
        report.resolved, report.errors = list(done.resolved), list(done.errors)
        return report
    failed = set()
    progress = True
    while progress:
        progress = False
        for name, module in list(sys.modules.items()):
            if not _matches(pattern, name):
                continue
            for attribute, lazy in _lazy(module):
                qualified = f"{name}.{attribute}"
                if qualified in failed:
                    continue
                progress = True
                try:
                    meant = lazy.resolve()
                except Exception as error:
                    failed.add(qualified)
                    report.errors.append((qualified, error))
                    continue
                namespace = module.__dict__
                # by `get`: a subscript would not tell a name that was bound otherwise meanwhile
                if namespace.get(attribute) is lazy:
                    namespace[attribute] = meant
                report.resolved.append(qualified)
    return report


def seal(allow: Iterable[str] = (), *, mode: str = "raise") -> None:
    """
    Refuse from now on to import what is neither in the standard library nor matches a pattern of `allow`.

    mode: ``"raise"`` (an ImportError) or ``"warn"`` (a RuntimeWarning, and the import goes on). There is no way back; a
    later seal can only forbid more. Raises ValueError for a malformed pattern or another mode.
    """
    allow = tuple(allow)
    for pattern in allow:
        _check(pattern)
    if mode not in ("raise", "warn"):
        raise ValueError(f"mode must be 'raise' or 'warn', not {mode!r}")
    native = _native()
    if native is not None:
        native.seal(allow=("stdlib", *allow), mode=mode)
        return
    finder = _SealFinder(allow, mode)
    sys.meta_path.insert(0, finder)

    def hook(event: str, _: object) -> None:
        # an audit hook can't be taken away, a finder can
        if event == "import" and finder not in sys.meta_path:
            sys.meta_path.insert(0, finder)

    sys.addaudithook(hook)


def _native() -> Any:
    """Give atimport, if somebody has imported it; never imports it."""
    module = sys.modules.get("atimport")
    return module if hasattr(module, "overrides") and hasattr(module, "seal") else None


def _known() -> tuple[str, ...]:
    known: Any = getattr(sys, "at_import_eager", ())
    return (known,) if isinstance(known, str) else tuple(known)


def _check(pattern: str) -> None:
    parts = (pattern[:-2] if pattern.endswith(".*") else pattern).split(".")
    if pattern != "*" and not all(part.isidentifier() for part in parts):
        raise ValueError(f"invalid pattern {pattern[:80]!r}: allowed are `pkg.mod`, `pkg.*` and `*`")


def _matches(pattern: str, name: str) -> bool:
    if pattern.endswith(".*"):
        return name == pattern[:-2] or name.startswith(pattern[:-1])
    return pattern in ("*", name)


def _module_type() -> type[ModuleType]:
    return type(sys)


def _lazy(module: object) -> list[tuple[str, Any]]:
    """Give the names of a module that hold lazy objects of the interpreter, with these; triggers nothing."""
    if sys.version_info < (3, 15) or type(module) is not _module_type():
        return []
    import types

    kind: Any = types.LazyImportType
    return [(name, value) for name, value in list(module.__dict__.items()) if isinstance(value, kind)]


class _Filter:
    """The filter of PEP 810 that says no to pinned modules, and asks the one that was there before about others."""

    def __init__(self, previous: Any) -> None:
        self.previous = previous

    def __call__(self, importer: str, name: str, fromlist: Sequence[str] | None) -> bool:
        names = [importer, name, *(f"{name}.{member}" for member in fromlist or ())]
        if any(is_pinned(one) for one in names):
            return False
        return self.previous is None or bool(self.previous(importer, name, fromlist))


class _SealFinder:
    """The finder in front of all others that refuses modules from elsewhere."""

    def __init__(self, allow: tuple[str, ...], mode: str) -> None:
        self.allow = allow
        self.mode = mode

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        frames = list(_frames(sys._getframe(1)))
        importlib = [frame.f_code.co_name for frame in frames if _is_importlib(frame)]
        # `importlib.util.find_spec` and its like only ask
        asks_only = "_find_and_load_unlocked" not in importlib and "reload" not in importlib
        if asks_only or any(_matches(pattern, name) for pattern in self.allow):
            return None
        spec = None
        names = getattr(sys, "stdlib_module_names", None)  # 3.10 and newer
        if names is None or name.partition(".")[0] in names or name in sys.builtin_module_names:
            others = (getattr(finder, "find_spec", None) for finder in sys.meta_path if finder is not self)
            found = (find_spec(name, path, target) for find_spec in others if find_spec is not None)
            spec = next((one for one in found if one is not None), None)
            if spec is None or spec.origin in ("built-in", "frozen") or _in_stdlib(spec.origin):
                return spec
        asker = next((frame for frame in frames if not _is_importlib(frame)), None)
        place = f"{asker.f_code.co_filename}:{asker.f_lineno}" if asker is not None else "native code"
        text = f"{name!r} was not imported before the process was sealed; asked for by {place}"
        if self.mode == "raise":
            raise SealedImportError(text, name=name)
        import warnings

        warnings.warn(text, RuntimeWarning, stacklevel=2)
        return spec


def _frames(innermost: FrameType | None) -> Iterator[FrameType]:
    while innermost is not None:
        yield innermost
        innermost = innermost.f_back


def _is_importlib(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith("<frozen importlib") or file.replace("\\", "/").endswith("/importlib/__init__.py")


def _in_stdlib(origin: str | None) -> bool:
    """Say whether a file lies in the standard library, and not in the site-packages below it."""
    import os

    if origin is None:
        return False
    folder = os.path.realpath(os.path.dirname(os.__file__))
    dynload = os.path.join(
        os.path.realpath(sys.base_exec_prefix),
        getattr(sys, "platlibdir", "lib"),
        "python{}.{}".format(*sys.version_info),
    )
    file = os.path.realpath(origin)
    for root in (folder, dynload):
        if file.startswith(root + os.sep):
            return file[len(root) + 1 :].split(os.sep)[0] not in ("site-packages", "dist-packages")
    return False
