"""
The group that collects the click commands.

Separate from the package's ``__init__`` so that ``atimport run`` never imports click.
"""

from __future__ import annotations

import click

from atimport.cli.clean import clean
from atimport.cli.compile import compile_command
from atimport.cli.demo import demo
from atimport.cli.disable import disable
from atimport.cli.enable import enable
from atimport.cli.explain import explain
from atimport.cli.gate import gate
from atimport.cli.overrides import overrides
from atimport.cli.profile import SUMMARY as PROFILE
from atimport.cli.run import SUMMARY as RUN
from atimport.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="atimport", message="%(prog)s %(version)s")
def group() -> None:
    """Deferred module execution for Python, opted into by one line."""


# These are here for the list of commands only: `atimport.cli.main` carries them out before this file is imported.
group.add_command(click.Command("run", short_help=RUN))
group.add_command(click.Command("profile", short_help=PROFILE))
group.add_command(clean)
group.add_command(disable)
group.add_command(enable)
group.add_command(explain)
group.add_command(gate)
group.add_command(compile_command)
group.add_command(demo)
group.add_command(overrides)
group.add_command(verify)
