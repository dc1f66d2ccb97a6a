"""
``atimport profile``: a program under the loader, and then where the time of its imports went.

Question: "what does the start of this program cost, module by module and name by name?" The program is run as by
``atimport run``, with recording on; the tables are written to standard error when it ends. Separate from the other
commands, as ``run`` is: what this process imports before the program starts would be missing from the figures.

```console
$ atimport profile --trace trace.json -- --defer 'rich.*' -m rich.table
```
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

SUMMARY = "Run a program under the loader, and show where the time of its imports went."
USAGE = """\
Usage: atimport profile [OPTIONS] -- [PYTHON OPTIONS] [-m MODULE | -c CODE | SCRIPT] [ARGS]...

  Run a program as `atimport run` does, and show where the time of its imports went: for each module,
  to find, read, unmarshal and execute it, and for each name that was touched. In microseconds, on
  standard error, when the program ends.

Options:
  --trace FILE      Write what was recorded as a Chrome trace (for Perfetto, ui.perfetto.dev), too.
  --limit N         Lines of each table; 0 for all.  [default: 30]
  -h, --help        Show this message and exit.

Before -m, -c or the script: options of python (-O, -X importtime) and of `atimport run` (--defer, --eager).
"""
#: Options of python that take a value, which may be the next word.
WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
#: Those that begin a program, or are of `run`.
OURS = ("-m", "-c", "-h", "--")


def profile(words: Sequence[str]) -> NoReturn:
    """Carry out ``atimport profile WORDS``; ends as `run.run` does."""
    from atimport.cli.run import run

    trace, limit, switches, program = parse(words)
    if switches:
        options = [*(["--trace", trace] if trace else []), "--limit", str(limit)]
        command = [sys.executable, *switches, "-m", "atimport", "profile", *options, "--", *program]
        sys.stdout.flush()
        os.execv(sys.executable, command)

    import atexit

    from atimport import profiling

    # the first that is registered is the last that runs: what the program imports while it ends is in the figures
    atexit.register(report, trace, limit)
    profiling.start()
    run(program)


def parse(words: Sequence[str]) -> tuple[str | None, int, list[str], list[str]]:
    """Read the command line: file of the trace, lines of a table, options for python, words for `run`. May exit."""
    trace, limit, rest = None, 30, list(words)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if word in ("-h", "--help"):
            sys.stdout.write(USAGE)
            raise SystemExit(0)
        if option in ("--trace", "--limit"):
            if not equals and not rest:
                refuse(f"option {option} needs a value")
            value = value if equals else rest.pop(0)
            if option == "--trace":
                trace = os.path.abspath(value)
            elif value.isdecimal():
                limit = int(value)
            else:
                refuse(f"option --limit: {value!r} is not a number")
        elif word == "--":
            break
        else:
            refuse(
                f"no such option: {word}; a program stands behind --"
                if word[:1] == "-"
                else "a program stands behind --"
            )
    switches = []
    while rest and rest[0].startswith("-") and not rest[0].startswith((*OURS, "--defer", "--eager")):
        switches.append(rest.pop(0))
        if switches[-1] in WITH_VALUE and rest:
            switches.append(rest.pop(0))
    if not rest:
        refuse("a program is missing")
    return trace, limit, switches, rest


def refuse(reason: str) -> NoReturn:
    """Say what is wrong with the command line, and exit."""
    sys.stderr.write(f"{USAGE.partition(chr(10))[0]}\n\nError: {reason}\n")
    raise SystemExit(2)


def report(trace: str | None, limit: int) -> None:
    """Write what was recorded."""
    from atimport import profiling

    profiling.stop()
    sys.stdout.flush()
    sys.stderr.write("\n" + profiling.table(limit=limit or None))
    if trace is not None:
        import json

        try:
            with open(trace, "w", encoding="utf-8") as file:
                json.dump(profiling.trace(), file)
        except OSError as error:
            sys.stderr.write(f"\natimport: can't write {trace!r}: {error.strerror}\n")
