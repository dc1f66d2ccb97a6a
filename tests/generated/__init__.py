"""Random modules whose eager run is the oracle; see `__main__` for the command and `subject` for what a case is."""

import sys

from . import recorder

#: Generated modules say ``import recorder``, wherever this package stands.
recorder.__name__ = "recorder"
for _thing in list(vars(recorder).values()):
    if getattr(_thing, "__module__", "") == f"{__name__}.recorder":
        _thing.__module__ = "recorder"
sys.modules["recorder"] = recorder
