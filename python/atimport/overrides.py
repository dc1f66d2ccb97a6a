"""
Rules that decide for other people's modules: pins, which always win, and assumptions.

Precedence, strongest first: `pin_eager`; ``sys.at_import_eager``; ``ATIMPORT_EAGER``; ``EAGER_IMPORT=1`` (SPEC 1) and
``ATIMPORT=off``; the module's own declaration; `assume_deferred` and ``ATIMPORT_DEFER``. A pattern is a dotted name
(``pkg``: that module), a dotted name and ``.*`` (``pkg.*``: that module and everything below it), ``*``, a glob
(``pkg.*.tests``), or the absolute path of a source file or folder.

>>> registration = pin_eager("pip.*", reason="an installer must not import late", deep=True)
>>> decide("pip._vendor.rich").mode
'eager'
>>> registration.withdraw()         # only who holds the registration can

The registry is native; this file only gives it its public name. `atimport.pins` is the same for tools that can't depend
on atimport.
"""

from atimport._native import (
    Decision,
    FrozenRegistryError,
    Registration,
    Rule,
    assume_deferred,
    decide,
    freeze,
    is_frozen,
    pin_eager,
    rules,
)

__all__ = [
    "Decision",
    "FrozenRegistryError",
    "Registration",
    "Rule",
    "assume_deferred",
    "decide",
    "freeze",
    "is_frozen",
    "pin_eager",
    "rules",
]
