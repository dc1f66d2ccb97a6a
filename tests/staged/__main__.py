"""``python -m staged [NAME…] [--repeat N]``: plays in this process; writes a line of JSON for each."""

from __future__ import annotations

import argparse
import faulthandler
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

import atimport
from staged import crossings, endings, imports, interruptions, winners  # noqa: F401  (they register their plays)
from staged.stage import LIMIT, PLAYS, Stage


def main() -> None:
    """Play what the command line says."""
    parser = argparse.ArgumentParser(prog="staged")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print("\n".join(PLAYS))
        return
    # a shell may have had it ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.setswitchinterval(0.0005)
    atimport.install()
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for name in options.names or PLAYS:
            play, sources = PLAYS[name]
            for module, text in sources.items():
                Path(folder, f"{module}.py").write_text(text, encoding="utf-8")
            begin = time.perf_counter()
            for number in range(options.repeat):
                faulthandler.dump_traceback_later(3 * LIMIT, exit=True)
                try:
                    play(Stage(list(sources)))
                except BaseException:
                    print(f"{name}: performance {number + 1} of {options.repeat}", file=sys.stderr)
                    raise
            faulthandler.cancel_dump_traceback_later()
            seconds = round(time.perf_counter() - begin, 2)
            print(json.dumps({"name": name, "performances": options.repeat, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
