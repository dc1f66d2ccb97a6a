"""
The command line: ``atimport COMMAND …`` and ``python -m atimport COMMAND …``.

Question: "which file carries out this command?" Each command is one file beside this one. ``run`` and ``profile`` are
dispatched before anything else is imported, because what this process imports before the program starts is imported
eagerly and would be missing from what the program is run for; all other commands are click commands.

Exit status: that of the program for these two; 0 success; 2 usage errors and targets that don't exist.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: "Sequence[str] | None" = None) -> "NoReturn":
    """Carry out the command line `arguments` (default: ``sys.argv[1:]``); always ends in SystemExit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        from atimport.cli.run import run

        run(words[1:])
    if words[:1] == ["profile"]:
        from atimport.cli.profile import profile

        profile(words[1:])
    from atimport.cli.group import group

    group.main(words, prog_name="atimport")
    raise SystemExit(0)
