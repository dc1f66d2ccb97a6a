"""
``atimport compile``: flagged images for installed distributions that ask for deferral in their metadata.

Question: "what would an installer do?" The answer is `atimport.installer`; here it is only called and told about.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

import click

from atimport.cli.explain import MissingTarget
from atimport.installer import compile_distribution


@click.command(name="compile")
@click.option(
    "--dist", "names", multiple=True, required=True, metavar="NAME", help="An installed distribution. Repeatable."
)
def compile_command(names: tuple[str, ...]) -> None:
    """
    Write the images of a distribution whose metadata asks for deferral.

    Its modules are then imported deferred, without a line in their sources, wherever atimport is in use. The images are
    added to the distribution's RECORD, so that uninstalling removes them; after an upgrade, run this again.
    """
    for name in names:
        try:
            written = compile_distribution(distribution(name))
        except PackageNotFoundError:
            raise MissingTarget(f"no distribution {name!r} is installed here") from None
        except (LookupError, ValueError) as error:
            raise MissingTarget(str(error.args[0])) from None
        click.echo(f"{name}: {len(written)} image{'' if len(written) == 1 else 's'} written")
