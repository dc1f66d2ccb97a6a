"""
``atimport enable``: the loader at every start of this virtual environment's interpreter.

Question: "where is it switched on?" The answer is `atimport.activation`; here it is only called and told about.
"""

from __future__ import annotations

import click

from atimport import activation
from atimport.cli.explain import MissingTarget


@click.command()
def enable() -> None:
    """
    Activate the loader for this virtual environment, at every start.

    Not under python -I and -S, nor with ATIMPORT=off. `atimport disable` takes it back.
    """
    try:
        written = activation.enable()
    except (RuntimeError, OSError) as error:
        raise MissingTarget(str(error)) from None
    click.echo(f"enabled: {', '.join(map(str, written))}")
