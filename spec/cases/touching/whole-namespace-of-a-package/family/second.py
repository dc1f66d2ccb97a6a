__at_import__ = None

from . import third

there = third.there
