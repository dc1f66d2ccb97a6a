"""
``atimport clean``: takes images away again.

Question: "what has atimport written here?" The answer is `atimport.compilation.images`, and `profiles`; here they are
removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from atimport.cli.explain import MissingTarget
from atimport.compilation import images, profiles


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--profiles", "forget", is_flag=True, help="Remove what has been kept of programs, too.")
def clean(paths: tuple[str, ...], forget: bool) -> None:
    """
    Remove the images of the modules at or below each PATH, of every interpreter, and nothing else.

    Also those in the folder of PYTHONPYCACHEPREFIX and in the per-user cache. Images that the metadata of a
    distribution asks for (`compile --dist`) go too; its modules are then imported as their sources say.
    With --profiles, also what ATIMPORT_PROFILE and ATIMPORT_PREFETCH have kept of the programs at or below each PATH:
    their next runs begin afresh.
    Exit status 1 if one can't be removed.
    """
    failed = _remove("image", images, paths)
    if forget:
        failed |= _remove("profile", profiles, paths)
    if failed:
        raise SystemExit(1)


def _remove(what: str, find: Callable[[Sequence[str]], Iterator[Path]], paths: Sequence[str]) -> bool:
    """Remove the files that `find` finds, and say how many; return whether one could not be."""
    removed = size = 0
    failed = False
    try:
        for file in find(paths):
            try:
                length = file.stat().st_size
                file.unlink()
            except OSError as error:
                click.echo(f"{file}: {error.strerror}", err=True)
                failed = True
            else:
                removed += 1
                size += length
    except LookupError as error:
        raise MissingTarget(str(error.args[0])) from None
    click.echo(f"{removed} {what}{'' if removed == 1 else 's'} removed ({size:,} bytes)")
    return failed
