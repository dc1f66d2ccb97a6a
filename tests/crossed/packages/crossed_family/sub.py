"""The module that is asked for."""

__at_import__ = None

import types

value = 5
nested = types.SimpleNamespace(value=6)
