"""
``atimport explain``: a module's source with what runs, when, and why.

Question: "what would touching this name cost?" The answer is `atimport.explain`; here it is only laid out: a line of
the source as it stands, then, under each statement, ``=`` and what the analysis says of it.
"""

from __future__ import annotations

import click
from rich.console import Console
from rich.text import Text

import atimport
from atimport.explanation import find_source


class MissingTarget(click.ClickException):
    """The target can't be explained; exit status 2, as for any other wrong argument."""

    exit_code = 2


@click.command()
@click.argument("target", metavar="PATH_OR_MODULE")
@click.argument("name", required=False)
def explain(target: str, name: str | None) -> None:
    """
    Print which statements run for NAME, in order, or what happens to every statement, and why.

    Nothing is imported and nothing is run.
    """
    try:
        source = find_source(target)
        explanation = atimport.explain(target, name)
    except (LookupError, ValueError) as error:
        raise MissingTarget(str(error.args[0] if error.args else error)) from None
    # soft_wrap: a line of the source is shown as it is, however wide the terminal
    console = Console(highlight=False, soft_wrap=True, markup=False)
    # as CPython counts lines: `splitlines` would also break at form feeds and the like
    lines = source.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    width = len(str(len(lines)))
    console.print(Text.assemble((source.path, "bold"), f": {explanation.declaration}"))
    for statement in sorted(explanation.statements, key=lambda statement: statement.first_line):
        console.print()
        for number in range(statement.first_line, statement.last_line + 1):
            console.print(Text.assemble((f"{number:>{width}} | ", "blue"), lines[number - 1]), end="\n")
        console.print(Text.assemble((" " * width + " = ", "blue"), (remark(statement), "green")))
    shown = {line for s in explanation.statements for line in range(s.first_line, s.last_line + 1)}
    for diagnostic in explanation.diagnostics:
        if diagnostic.line not in shown:
            continue
        console.print()
        where = f"{source.path}:{diagnostic.line}"
        console.print(Text.assemble((where, "bold"), ": ", (diagnostic.code, "yellow"), f" {diagnostic.message}"))
        if diagnostic.advice:
            console.print(Text.assemble((" " * width + " = ", "blue"), diagnostic.advice))
    console.print()
    console.print(summary(explanation))


def remark(statement: atimport.ExplainedStatement) -> str:
    """Say in one line what the analysis says of a statement: unit, reason, and names that the reason leaves out."""
    where = "at import" if statement.at_import else f"unit {statement.unit}"
    others = [name for name in statement.names if f"`{name}`" not in statement.reason]
    names = f"; binds {', '.join(others)}" if others else ""
    return f"{where}: {statement.reason.removeprefix('runs at import because ')}{names}"


def summary(explanation: atimport.Explanation) -> str:
    """Say in one line how much runs."""
    statements = explanation.statements
    if explanation.name is not None:
        lines = ", ".join(
            str(s.first_line) if s.first_line == s.last_line else f"{s.first_line}-{s.last_line}" for s in statements
        )
        return f"touching {explanation.name} runs {_count(len(statements), 'statement')}: lines {lines}"
    at_import = sum(s.at_import for s in statements)
    units = len({s.unit for s in statements if s.unit is not None and not s.at_import})
    return f"{_count(len(statements), 'statement')}: {at_import} at import, the rest in {_count(units, 'unit')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
