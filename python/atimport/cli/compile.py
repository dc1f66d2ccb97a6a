"""
``atimport compile``: images before the first import, for files and folders, and for distributions.

Question: "what would an installer do?" The answers are `atimport.compilation` and `atimport.installer`; here they are
only called and told about. The options are those of ``python -m compileall`` where it has them.
"""

from __future__ import annotations

import os
from collections import Counter
from importlib.metadata import PackageNotFoundError, distribution

import click
from rich.console import Console
from rich.progress import Progress

from atimport.cli.explain import MissingTarget
from atimport.compilation import Options, compile_all, sources
from atimport.installer import compile_distribution, default_checked_hash

MODES = {"timestamp": None, "checked-hash": True, "unchecked-hash": False}


@click.command(name="compile")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--dist", "names", multiple=True, metavar="NAME", help="An installed distribution. Repeatable.")
@click.option(
    "--assume", multiple=True, metavar="PATTERN", help="Also modules that match and don't opt in. Repeatable."
)
@click.option(
    "--invalidation-mode",
    type=click.Choice(list(MODES)),
    help="How images know their sources (PEP 552). Default: checked-hash if SOURCE_DATE_EPOCH is set, else timestamp.",
)
@click.option(
    "-o",
    "levels",
    type=click.IntRange(0, 2),
    multiple=True,
    help="Level of optimisation, as of `python -O`. Repeatable. Default: this interpreter's.",
)
@click.option("-f", "--force", is_flag=True, help="Also where an image is up to date.")
@click.option("-j", "--jobs", type=click.IntRange(min=0), default=0, help="Processes; default: one for each CPU.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
def compile_command(
    paths: tuple[str, ...],
    names: tuple[str, ...],
    assume: tuple[str, ...],
    invalidation_mode: str | None,
    levels: tuple[int, ...],
    *,
    force: bool,
    jobs: int,
    quiet: bool,
) -> None:
    """
    Write the images of the modules at or below each PATH that opt in, so that no first import has to.

    Nothing is imported. Exit status 1 if a module can't be compiled.

    With --dist: of a distribution whose metadata asks for deferral. Its modules are then imported deferred, without a
    line in their sources, wherever atimport is in use. The images are added to the distribution's RECORD, so that
    uninstalling removes them; after an upgrade, run this again.
    """
    if not paths and not names:
        raise click.UsageError("what is to be compiled? Give a PATH or --dist NAME")
    for name in names:
        _compile_distribution(name)
    if paths:
        checked_hash = MODES[invalidation_mode] if invalidation_mode else default_checked_hash()
        options = Options(checked_hash=checked_hash, force=force, assume=assume)
        _compile_paths(paths, options, levels=levels, jobs=jobs or os.cpu_count() or 1, quiet=quiet)


def _compile_paths(
    paths: tuple[str, ...], options: Options, *, levels: tuple[int, ...], jobs: int, quiet: bool
) -> None:
    import sys

    from atimport.overrides import assume_deferred

    try:
        found = sources(paths)
        for pattern in options.assume:  # a malformed one is told of here, and not by every process
            assume_deferred(pattern).withdraw()
    except (LookupError, ValueError) as error:
        raise MissingTarget(str(error.args[0])) from None
    counts: Counter[str] = Counter()
    size = 0
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    wanted = list(dict.fromkeys(levels)) or [sys.flags.optimize]
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("compiling", total=len(found) * len(wanted))
        for level in wanted:
            for outcome in compile_all(found, options, optimize=level, jobs=min(jobs, len(found))):
                counts[outcome.what] += 1
                size += outcome.size if outcome.what == "written" else 0
                if outcome.what == "failed":
                    console.print(f"{outcome.path}: {outcome.error}")
                progress.advance(task)
    if not quiet:
        asked = counts["undeclared"]
        click.echo(
            f"{counts['written']} image{'' if counts['written'] == 1 else 's'} written ({size:,} bytes), "
            f"{counts['fresh']} up to date, {asked} module{'' if asked == 1 else 's'} not opted in"
            + (f", {counts['uncached']} that can't be cached" if counts["uncached"] else "")
            + (f", {counts['failed']} failed" if counts["failed"] else "")
        )
    if counts["failed"]:
        raise SystemExit(1)


def _compile_distribution(name: str) -> None:
    try:
        written = compile_distribution(distribution(name))
    except PackageNotFoundError:
        raise MissingTarget(f"no distribution {name!r} is installed here") from None
    except (LookupError, ValueError) as error:
        raise MissingTarget(str(error.args[0])) from None
    click.echo(f"{name}: {len(written)} image{'' if len(written) == 1 else 's'} written")
