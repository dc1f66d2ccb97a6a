"""A package that imports, by one of its modules, what is asked for."""

__at_import__ = None

from . import inner

value = inner.value
