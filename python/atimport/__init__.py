"""
Deferred module execution for Python, opted into by one line.

A module that declares ``__at_import__ = None`` (or ``def __at_import__(): ...``) is split into units when it is
imported; a unit runs when one of the names that it binds is first touched::

    import atimport
    with atimport.install():
        import solver           # runs what its hook says, and nothing else
    solver.LIMITS               # runs the statements that LIMITS needs

This package is thin: it re-exports the native module ``atimport._native``, where every rule lives, and adds what is
easier said in Python: the context manager, where `explain` finds a source, the command line, and the pytest plugin.
What those files say is loaded when it is first asked for, because whatever is imported here every program pays for.

PYTEST_DONT_REWRITE: because of the plugin pytest would rewrite assertions here, and warns where it comes too late.
"""

import sys as _sys

# What `atimport.support` accepts, said again: that file is loaded only to find the words of a refusal.
if (
    _sys.implementation.name != "cpython"
    or not (3, 11) <= _sys.version_info[:2] <= (3, 15)
    or "free-threading build" in _sys.version
):
    from atimport.support import refusal as _refusal

    _reason = _refusal(implementation=_sys.implementation.name, version=tuple(_sys.version_info), build=_sys.version)
    raise ImportError(_reason, name=__name__, path=__file__)

from atimport._native import (
    Counts,
    Decision,
    DeclarationWarning,
    DeferredExecutionError,
    Diagnostic,
    ExplainedStatement,
    Explanation,
    ModuleCost,
    NameCost,
    ResolveReport,
    SealedImportError,
    SealedImportWarning,
    Stats,
    counts,
    is_deferred,
    is_installed,
    is_sealed,
    pending,
    resolve,
    stats,
    uninstall,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from atimport import overrides
    from atimport._native import seal
    from atimport.explanation import explain
    from atimport.installation import Installation, install
    from atimport.prefetching import prefetch
else:
    # What is said in Python is loaded when it is first asked for (PEP 562).
    _FILES = {
        "Installation": "installation",
        "explain": "explanation",
        "install": "installation",
        "overrides": "overrides",
        "prefetch": "prefetching",
    }

    def __getattr__(name: str) -> object:
        """Load the file that `name` comes from, and keep the name."""
        if name == "seal":
            # once the process is sealed no file is read any more, so ours are read before anybody can call it
            from atimport import _native

            for later in _FILES:
                globals().setdefault(later, _from_file(later))
            found = _native.seal
        elif name in _FILES:
            found = _from_file(name)
        else:
            # as the interpreter words it, which also suggests similar names by `obj`
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=_sys.modules.get(__name__))
        return globals().setdefault(name, found)

    def __dir__() -> list[str]:
        """Name what has not been loaded yet, too."""
        return sorted({*globals(), *__all__})

    def _from_file(name: str) -> object:
        file = f"{__name__}.{_FILES[name]}"
        __import__(file)
        module = _sys.modules[file]
        return module if name == "overrides" else getattr(module, name)


del TYPE_CHECKING

__all__ = [
    "Counts",
    "Decision",
    "DeclarationWarning",
    "DeferredExecutionError",
    "Diagnostic",
    "ExplainedStatement",
    "Explanation",
    "Installation",
    "ModuleCost",
    "NameCost",
    "ResolveReport",
    "SealedImportError",
    "SealedImportWarning",
    "Stats",
    "counts",
    "explain",
    "install",
    "is_deferred",
    "is_installed",
    "is_sealed",
    "overrides",
    "pending",
    "prefetch",
    "resolve",
    "seal",
    "stats",
    "uninstall",
]
