"""
``atimport clean``: takes images away again.

Question: "what has atimport written here?" The answer is `atimport.compilation.images`; here they are removed.
"""

from __future__ import annotations

import click

from atimport.cli.explain import MissingTarget
from atimport.compilation import images


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def clean(paths: tuple[str, ...]) -> None:
    """
    Remove the images of the modules at or below each PATH, of every interpreter, and nothing else.

    Also those in the folder of PYTHONPYCACHEPREFIX and in the per-user cache. Images that the metadata of a
    distribution asks for (`compile --dist`) go too; its modules are then imported as their sources say.
    Exit status 1 if one can't be removed.
    """
    removed = size = failed = 0
    try:
        for image in images(paths):
            try:
                length = image.stat().st_size
                image.unlink()
            except OSError as error:
                click.echo(f"{image}: {error.strerror}", err=True)
                failed += 1
            else:
                removed += 1
                size += length
    except LookupError as error:
        raise MissingTarget(str(error.args[0])) from None
    click.echo(f"{removed} image{'' if removed == 1 else 's'} removed ({size:,} bytes)")
    if failed:
        raise SystemExit(1)
