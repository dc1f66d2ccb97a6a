"""The command line."""

__at_import__ = None

import argparse
import sys

from almanac.commands import feed, mail, query, stats

COMMANDS = {"feed": feed, "mail": mail, "query": query, "stats": stats}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="almanac", description="Reads mail boxes, feeds and tables.")
    commands = made.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.arguments(commands.add_parser(name, help=module.HELP))
    return made


def main(words: list[str] | None = None) -> int:
    """Carry out a command line; returns the exit status."""
    options = parser().parse_args(words)
    try:
        COMMANDS[options.command].run(options)
    except OSError as error:
        print(f"almanac: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0
