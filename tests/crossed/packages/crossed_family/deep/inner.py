"""Imports what is asked for."""

__at_import__ = None

from .. import sub

value = sub.value
