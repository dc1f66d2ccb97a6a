"""
``atimport demo``: what deferral buys, measured then and there.

Question: "how much faster and smaller does an import become, and does it still pay once the module is used?" How that
is measured stands in `atimport.measurement`; here are the typical uses, and the table.
"""

from __future__ import annotations

import platform
import statistics
import sys

import click
from rich.console import Console
from rich.table import Table

from atimport.measurement import MeasurementError, Task, savings

# What a first small program does with a package. Not for every package: SQLAlchemy, for one, registers its events by
# defining classes (ATI102), which its authors would do in a hook; by assumption alone it imports and doesn't work.
TYPICAL_USE = {
    "rich": (
        "from rich.table import Table; from rich.console import Console; import io\n"
        "table = Table('name', 'size'); table.add_row('a', '1')\n"
        "Console(file=io.StringIO()).print(table)"
    ),
    "networkx": (
        "graph = networkx.path_graph(50); graph.add_edge(0, 40)\n"
        "assert networkx.shortest_path(graph, 0, 45) == [0, 40, 41, 42, 43, 44, 45]"
    ),
    "almanac": "almanac.main(['--help'])",
}


@click.command()
@click.argument("packages", metavar="[PACKAGE]...", nargs=-1)
@click.option("--declared", metavar="MODULE", multiple=True, help="A module that opts in itself. Repeatable.")
@click.option("--rounds", default=11, show_default=True, type=click.IntRange(min=1), help="Processes per figure.")
def demo(packages: tuple[str, ...], declared: tuple[str, ...], rounds: int) -> None:
    """
    Measure importing each PACKAGE eagerly and deferred, in fresh processes, and print a table.

    A PACKAGE is opted in by assumption (default: rich).
    """
    subjects = [(package, True) for package in packages or (() if declared else ("rich",))]
    subjects += [(module, False) for module in declared]
    # A terminal decides its own width; a file or a pipe gets the whole table.
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=120)
    console.print(f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}", soft_wrap=True)
    console.print(f"medians of {rounds} fresh processes each; eager → deferred", soft_wrap=True)
    installs: list[float] = []
    table = Table("package", "opted in by", "what", "time, ms", "ratio", "peak, MB", "modules", "units run")
    for column in table.columns[3:]:
        column.justify = "right"
    for package, assume in subjects:
        uses = {"import": "", "import and use": TYPICAL_USE.get(package, "")}
        for what, use in uses.items():
            if what == "import" or use:
                task = Task(modules=[package], assume=[f"{package}.*"] if assume else [], use=use)
                table.add_row(
                    package,
                    "assumption" if assume else "declaration",
                    what,
                    *figures(task, rounds=rounds, installs=installs),
                )
    console.print(table)
    console.print(
        f"not in the times: importing and installing atimport, {statistics.median(installs) * 1e3:.1f} ms once"
    )


def figures(task: Task, *, rounds: int, installs: list[float]) -> list[str]:
    """
    Measure `task` and return the table's cells; ClickException when a process fails.

    Appends to `installs` the seconds that importing and installing atimport took.
    """
    try:
        found = savings(task, rounds=rounds)
    except MeasurementError as error:
        raise click.ClickException(str(error)) from None
    installs.append(found.install)
    return [
        f"{found.eager * 1e3:.1f} → {found.deferred * 1e3:.1f}",
        f"{found.deferred / found.eager:.2f}",
        f"{found.eager_peak / 1e6:.1f} → {found.deferred_peak / 1e6:.1f}",
        str(found.last.modules),
        f"{found.last.units_run} of {found.last.units}",
    ]
