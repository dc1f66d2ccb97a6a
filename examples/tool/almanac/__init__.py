"""A command-line tool of several heavy subcommands."""

__at_import__ = None

from almanac.cli import main

__all__ = ["main"]
