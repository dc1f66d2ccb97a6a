"""
Rules that decide for other people's modules: pins, which always win, and assumptions.

Precedence, strongest first: `pin_eager`; ``ATIMPORT_EAGER``; ``EAGER_IMPORT=1`` (SPEC 1) and ``ATIMPORT=off``; the
module's own declaration; `assume_deferred` and ``ATIMPORT_DEFER``. A pattern is a dotted name (``pkg``: that module),
or a dotted name and ``.*`` (``pkg.*``: that module and everything below it).

The registry is native; this file only gives it its public name.
"""

from atimport._native import Decision, assume_deferred, decide, pin_eager

__all__ = ["Decision", "assume_deferred", "decide", "pin_eager"]
