"""Words."""

from __future__ import annotations

__at_import__ = None

from _trace import ran


def first(thing: NoSuchName):
    return thing


second = ran(14) or 2
