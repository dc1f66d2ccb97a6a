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

PYTEST_DONT_REWRITE: because of the plugin pytest would rewrite assertions here, and warns where it comes too late.
"""

import sys as _sys

from atimport.support import refusal as _refusal

_reason = _refusal(implementation=_sys.implementation.name, version=tuple(_sys.version_info), build=_sys.version)
if _reason is not None:
    raise ImportError(_reason, name=__name__, path=__file__)
del _reason

from atimport import overrides  # noqa: E402  (the check above comes first)
from atimport._native import (  # noqa: E402
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
    seal,
    stats,
    uninstall,
)
from atimport.explanation import explain  # noqa: E402
from atimport.installation import Installation, install  # noqa: E402
from atimport.prefetching import prefetch  # noqa: E402

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
