"""Not deferred."""

import sys


def loaded() -> list[str]:
    return sorted(name for name in sys.modules if name.startswith("crossed_family"))


def has_sub() -> bool:
    return hasattr(sys.modules.get("crossed_family"), "sub")
