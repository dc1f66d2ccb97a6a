"""Reading quantities."""

__at_import__ = None

import re
from decimal import Decimal

from measures.quantity import Quantity

PATTERN = re.compile(r"\s*(?P<number>[+-]?\d+(\.\d+)?)\s*(?P<symbol>[a-z]+)\s*")


def parse(text: str) -> Quantity:
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    return Quantity(Decimal(match["number"]), match["symbol"])
