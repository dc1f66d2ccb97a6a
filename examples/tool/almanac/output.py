"""Tables on the terminal."""

__at_import__ = None

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


def show(columns: list[str], rows: list[list[str]]) -> None:
    table = Table(*columns, box=SIMPLE)
    for row in rows:
        table.add_row(*row)
    Console(width=80).print(table)
