"""A number with a unit."""

__at_import__ = None

from dataclasses import dataclass
from decimal import Decimal

from measures.table import UNITS, Unit


class UnitError(LookupError):
    """An unknown unit, or one of another dimension."""


def find(symbol: str) -> Unit:
    try:
        return UNITS[symbol]
    except KeyError:
        raise UnitError(f"unknown unit {symbol!r}; known are {', '.join(sorted(UNITS))}") from None


@dataclass(frozen=True, order=True)
class Quantity:
    """A number with a unit: ``Quantity(Decimal(3), "mi")``."""

    number: Decimal
    symbol: str

    def to(self, symbol: str) -> "Quantity":
        ours, theirs = find(self.symbol), find(symbol)
        if ours.dimension != theirs.dimension:
            raise UnitError(f"{self.symbol} is a {ours.dimension}, {symbol} a {theirs.dimension}")
        return Quantity(self.number * ours.factor / theirs.factor, symbol)

    def __str__(self) -> str:
        return f"{self.number.normalize():f} {self.symbol}"
