"""
``atimport overrides``: which rules there are, what they say about a module, and which one wins.

Question: "why is this module eager, or deferred?" The answer is `atimport.overrides.decide`; here it is only laid out.
Rules of a program are known to that program alone: what shows here comes from the environment, and from the options.
"""

from __future__ import annotations

import click

import atimport
from atimport.explanation import find_source


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--defer", multiple=True, metavar="PATTERN", help="As for `atimport run`.")
@click.option("--eager", multiple=True, metavar="PATTERN", help="As for `atimport run`.")
def overrides(modules: tuple[str, ...], defer: tuple[str, ...], eager: tuple[str, ...]) -> None:
    """
    Print the rules of the environment, or what they say about each MODULE.

    Of a module, every rule that speaks about it is printed, the strongest first, with the one that wins marked. Nothing
    is imported.
    """
    for apply, option, patterns in (
        (atimport.overrides.pin_eager, "--eager", eager),
        (atimport.overrides.assume_deferred, "--defer", defer),
    ):
        for pattern in patterns:
            try:
                apply(pattern, owner=f"atimport overrides {option}")
            except ValueError as error:
                raise click.UsageError(f"{option}: {error}") from None
    if not modules:
        rules = atimport.overrides.rules()
        click.echo("\n".join(describe(rule) for rule in rules) or "no rules: it is up to each module's own declaration")
    for module in modules:
        decision = atimport.overrides.decide(module, path=source_path(module))
        click.echo(f"{module}: {decision.mode} ({decision.reason})")
        for place, rule in enumerate(decision.rules):
            won = place == 0 and decision.rule is not None
            click.echo(f"{'  won:    ' if won else '  spoke:  '}{describe(rule)}")


def describe(rule: atimport.overrides.Rule) -> str:
    """Lay a rule out in one line: what it says, of which modules, by which door it came, and who made it."""
    says = "eager" if rule.eager else "defer"
    deep = " and all that they import" if rule.deep else ""
    owner = f", {rule.owner}" if rule.owner else ""
    return f"{says} {rule.pattern}{deep}  [{rule.source}{owner}] {rule.reason}"


def source_path(module: str) -> str | None:
    """Find the path of a module's source without importing it; None when it has none."""
    try:
        return find_source(module).path
    except (LookupError, ValueError):
        return None
