"""What modules import that cross ways to import with ways to tell: deferred itself, as all below it are."""

__at_import__ = None

import sys
import types

__all__ = ["marker", "sub"]

marker = 1


def load() -> types.ModuleType:
    from . import sub

    return sub


def loaded() -> list[str]:
    return sorted(name for name in sys.modules if name.startswith("crossed_family"))


def has_sub() -> bool:
    return hasattr(sys.modules[__name__], "sub")


def __getattr__(name: str) -> object:
    if name == "late":
        return load()
    raise AttributeError(name)
