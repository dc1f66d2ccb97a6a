__at_import__ = None

from . import second

there = second.there
