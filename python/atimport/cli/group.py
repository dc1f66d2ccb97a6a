"""
The group that collects the click commands.

Separate from the package's ``__init__`` so that ``atimport run`` never imports click. A command's file is imported when
the command is asked for: each of them needs other libraries, and importing all takes longer than most commands do.
"""

from __future__ import annotations

from importlib import import_module

import click

from atimport.cli.profile import SUMMARY as PROFILE
from atimport.cli.run import SUMMARY as RUN

# These are here for the list of commands only: `atimport.cli.main` carries them out before this file is imported.
LISTED = {"run": RUN, "profile": PROFILE}
# Commands, each in the file of its name, and what they are called there.
COMMANDS = {
    "clean": "clean",
    "compile": "compile_command",
    "demo": "demo",
    "disable": "disable",
    "enable": "enable",
    "explain": "explain",
    "gate": "gate",
    "overrides": "overrides",
    "verify": "verify",
}


class Commands(click.Group):
    """Commands that are imported when they are asked for (click's documentation: "Lazily Loading Subcommands")."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands, sorted."""
        return sorted([*LISTED, *COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name; `None` if there is none."""
        if cmd_name in LISTED:
            return click.Command(cmd_name, short_help=LISTED[cmd_name])
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"atimport.cli.{cmd_name}"), COMMANDS[cmd_name])
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="atimport", message="%(prog)s %(version)s")
def group() -> None:
    """Deferred module execution for Python, opted into by one line."""
