"""Another module of the family."""

__at_import__ = None

import sys


def loaded() -> list[str]:
    return sorted(name for name in sys.modules if name.startswith("crossed_family"))
