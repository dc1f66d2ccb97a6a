"""Imports what is asked for."""

__at_import__ = None

import types

import crossed_family.sub

value = 1


def load() -> types.ModuleType:
    return crossed_family.sub
