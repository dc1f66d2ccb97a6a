"""The units, built from a text that people can edit."""

__at_import__ = None

from decimal import Decimal
from typing import NamedTuple

TEXT = """
length  m    1
length  km   1000
length  mi   1609.344
length  ft   0.3048
mass    kg   1
mass    lb   0.45359237
time    s    1
time    h    3600
"""


class Unit(NamedTuple):
    """`factor` base units of a `dimension`."""

    dimension: str
    factor: Decimal


UNITS: dict[str, Unit] = {}
for line in TEXT.split("\n"):
    if line:
        dimension, symbol, factor = line.split()
        UNITS[symbol] = Unit(dimension, Decimal(factor))
del line, dimension, symbol, factor
