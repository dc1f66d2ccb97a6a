"""
``atimport disable``: takes the loader out of the start of this virtual environment's interpreter.

Question: "what is left of ``atimport enable``?" Nothing; see `atimport.activation`.
"""

from __future__ import annotations

import click

from atimport import activation
from atimport.cli.explain import MissingTarget


@click.command()
def disable() -> None:
    """Take back what `atimport enable` did."""
    try:
        removed = activation.disable()
    except OSError as error:
        raise MissingTarget(str(error)) from None
    click.echo(f"disabled: removed {', '.join(map(str, removed))}" if removed else "it was not enabled")
