"""
``atimport gate``: limits for an import, held in continuous integration.

Question: "which exit status does the build get?" What is measured stands in `atimport.gate`; here is the command line.
0: every limit holds; 1: one is exceeded, and the output says which, by how much, and where to look; 2: a wrong
argument, or a module that can't be imported.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

from atimport import overrides
from atimport.gate import Limits, measure
from atimport.measurement import MeasurementError


class CannotMeasure(click.ClickException):
    """Exit status 2, as for any other wrong argument."""

    exit_code = 2


@click.command()
@click.argument("module", metavar="MODULE")
@click.option("--max-modules", type=click.IntRange(min=0), metavar="N", help="Modules that the import may import.")
@click.option("--max-ms", type=click.FloatRange(min=0), metavar="T", help="Milliseconds that it may take.")
@click.option("--max-ratio", type=click.FloatRange(min=0), metavar="R", help="Its time, divided by the eager one.")
@click.option("--defer", multiple=True, metavar="PATTERN", help="Treat matching modules as opted in. Repeatable.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1), help="Processes per figure.")
@click.option(
    "--baseline", type=click.File("r"), metavar="FILE", help="A report of --json: name modules that are new since."
)
@click.option(
    "--json", "json_file", type=click.File("w", lazy=False), metavar="FILE", help="Write the report; - instead of text."
)
def gate(
    module: str,
    max_modules: int | None,
    max_ms: float | None,
    max_ratio: float | None,
    defer: tuple[str, ...],
    rounds: int,
    baseline: TextIO | None,
    json_file: TextIO | None,
) -> None:
    """
    Measure the import of MODULE in fresh processes, eagerly and deferred, and hold the deferred one to limits.

    The exit status is 0 when every limit holds, 1 when one is exceeded, 2 when MODULE can't be imported.
    """
    if not all(part.isidentifier() for part in module.split(".")):
        raise CannotMeasure(f"{module!r} is not the dotted name of a module")
    for pattern in defer:
        try:
            overrides.assume_deferred(pattern).withdraw()
        except ValueError as error:
            raise CannotMeasure(f"--defer: {error}") from None
    limits = Limits(modules=max_modules, milliseconds=max_ms, ratio=max_ratio)
    try:
        found = measure(module, assume=defer, rounds=rounds, limits=limits, former=read(baseline))
    except MeasurementError as error:
        raise CannotMeasure(str(error)) from None
    if json_file is not None:
        json.dump(found.as_json(), json_file, indent=1)
        json_file.write("\n")
    if json_file is not sys.stdout:
        click.echo(found.text())
    raise SystemExit(1 if found.exceeded else 0)


def read(baseline: TextIO | None) -> list[str] | None:
    """Read the modules of an earlier report."""
    if baseline is None:
        return None
    try:
        return [str(name) for name in json.load(baseline)["modules"]]
    except (ValueError, LookupError, TypeError):
        raise CannotMeasure(f"--baseline: {baseline.name} is not a report of `atimport gate --json`") from None
