"""
``atimport verify``: is a deferred import of these modules the same as an eager one, and what does it save?

Question: "may I add ``__at_import__``, and did I do it right?" What is compared, and how, stands in
`atimport.verification`; here is the command line. Exit status 0: every module agrees; 1: some differ, and are told of;
2: it can't run, and the message says what, where, and what to do.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from atimport.verification import report
from atimport.verification.targets import Found, find
from atimport.verification.verify import CannotRunError, Examined, Options, Result
from atimport.verification.verify import verify as verify_all


class CannotVerify(click.ClickException):
    """Exit status 2, as for any other wrong argument."""

    exit_code = 2


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--module", "modules", metavar="NAME", multiple=True, help="Only this module of TARGET. Repeatable.")
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Of the first touch order; the next ones count on. 0: the source's order, reversed.",
)
@click.option("--orders", default=3, show_default=True, type=click.IntRange(min=1), help="Touch orders per module.")
@click.option(
    "--route",
    type=click.IntRange(0, 2),
    help="While names are pending, look at the namespace by: 0 dir(); 1 f.__globals__; 2 import *, vars(). "
    "Default: in turn.",
)
@click.option("--touch", metavar="NAMES", help="Touch these names first, comma-separated, instead of random orders.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Modules at a time.")
@click.option(
    "--timeout", default=60, show_default=True, type=click.IntRange(min=1), metavar="SECONDS", help="For one process."
)
@click.option(
    "--rounds", default=5, show_default=True, type=click.IntRange(min=0), help="Processes per figure; 0: don't measure."
)
@click.option(
    "--json", "json_file", type=click.File("w", lazy=False), metavar="FILE", help="Write the report; - instead of text."
)
def verify(
    targets: tuple[str, ...],
    modules: tuple[str, ...],
    seed: int,
    orders: int,
    route: int | None,
    touch: str | None,
    jobs: int,
    timeout: int,
    rounds: int,
    json_file: TextIO | None,
) -> None:
    """
    Import every module of each TARGET eagerly and deferred, in processes of their own, and compare.

    A TARGET is a package, a module or a path; it is imported, and so its code runs. Its modules are deferred, by
    declaration or by assumption; their names are touched in several orders. An eager import counts with the hook.

    The exit status is 0 when every module agrees, 1 when one differs, 2 when there is nothing to compare.
    """
    found = [only(one, modules) for one in map(found_by, targets)]
    chosen = [name for one in found for name in one.modules]
    strange = [name for name in modules if name not in chosen]
    if strange:
        raise CannotVerify(f"--module: {', '.join(targets)} has no {', '.join(strange)}")
    if not chosen:
        raise CannotVerify(f"there is nothing to compare in {', '.join(targets)}: programs (`__main__`) are left out")
    if touch is not None and len(chosen) != 1:
        raise CannotVerify(f"--touch goes with one module, not with {len(chosen)}: name it with --module")
    touches = None if touch is None else [place(name, chosen[0]) for name in touch.split(",") if name]
    options = Options(seed=seed, orders=orders, route=route, touches=touches, timeout=timeout, rounds=rounds, jobs=jobs)
    result = carry_out(found, options)
    if json_file is not None:
        json.dump(report.as_json(result), json_file, indent=1)
        json_file.write("\n")
    if json_file is not sys.stdout:
        click.echo(report.text(result))
    raise SystemExit(result.status)


def found_by(words: str) -> Found:
    """Find a TARGET."""
    try:
        return find(words)
    except (LookupError, ValueError) as error:
        raise CannotVerify(str(error.args[0] if error.args else error)) from None


def only(found: Found, modules: tuple[str, ...]) -> Found:
    """Keep the modules that ``--module`` names, if it names any; what is assumed deferred stays the same."""
    if modules:
        found.modules = {name: file for name, file in found.modules.items() if name in modules}
        found.left_out = {}
    return found


def place(name: str, module: str) -> str:
    """Return a name of ``--touch`` as "module:name"."""
    return name if ":" in name else f"{module}:{name}"


def carry_out(found: list[Found], options: Options) -> Result:
    """Verify, with a progress bar in a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("comparing", total=sum(len(one.modules) for one in found))

        def say(examined: Examined) -> None:
            progress.update(bar, advance=1, description=examined.verdict.target.module)

        try:
            return verify_all(found, options, say=say)
        except CannotRunError as error:
            raise CannotVerify(str(error)) from None
        except KeyboardInterrupt:  # click's own status for that is 1, which means a mismatch here
            raise CannotVerify("interrupted before everything was compared") from None
