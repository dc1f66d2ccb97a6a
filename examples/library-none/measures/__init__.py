"""Quantities and their conversion: ``convert("3 mi", "km")``."""

__at_import__ = None

from measures.quantity import Quantity, UnitError
from measures.table import UNITS
from measures.text import parse

__all__ = ["UNITS", "Quantity", "UnitError", "convert", "parse"]


def convert(text: str, unit: str) -> Quantity:
    """Read a quantity such as ``3.5 mi`` and express it in another unit.

    Raises UnitError for an unknown unit, or one of another dimension; ValueError for a text that is not a quantity.
    """
    return parse(text).to(unit)
