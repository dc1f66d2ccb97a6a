"""Fuzz the layers that know no Python: the analysis, the image, the overrides.

    python -m tests.fuzzing --seconds 600                       all targets, ten minutes each
    python -m tests.fuzzing --seconds 60 --target decode        one
    python -m tests.fuzzing --record FILE                       and a table in FILE

Builds the targets of ``fuzz/`` under ``build/fuzz`` with the coverage instrumentation that libFuzzer reads (what
``cargo fuzz run -s none`` does, on a stable toolchain), starts from the committed corpus and from seeds of the project's
own making (`seeds`), and puts what adds coverage, and is small enough, into the committed corpus. An input that breaks a
promise is kept in ``fuzz/findings``, cut down, where `make test` finds it. Then sources of hostile size are analysed
(``tests/fuzzed.rs``). Exit status 0, 1 for a finding, 2 for a command that can't run.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

from . import corpus, record
from .seeds import SEEDS
from .targets import ROOT, TARGETS, Run, build, fuzz


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600, metavar="N", help="for each target (default: 600)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes of a target (default: 2)")
    parser.add_argument("--together", type=int, default=1, metavar="N", help="targets at a time (default: 1)")
    parser.add_argument(
        "--record", type=pathlib.Path, metavar="FILE", help="write a table, or with --target replace rows"
    )
    return parser.parse_args()


def hostile() -> tuple[list[str], bool]:
    """Analyse sources of hostile size; returns the lines of a table, and whether all is well."""
    words = ["cargo", "test", "--locked", "--quiet", "--no-default-features", "--test", "fuzzed"]
    words += ["large_sources", "--", "--ignored", "--nocapture"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
    # of each shape the largest size that was tried
    rows = {line.split("|")[1]: line for line in done.stdout.splitlines() if re.match(r"\| .*\|$", line)}
    return list(rows.values()), done.returncode == 0


def main() -> int:
    """Run the command; returns the exit status."""
    given = arguments()
    folder = build()
    runs: list[Run] = []

    def one(target: str) -> Run:
        return fuzz(target, folder, given.seconds, given.jobs, SEEDS.get(target, list)())

    with concurrent.futures.ThreadPoolExecutor(given.together) as pool:
        for run in pool.map(one, given.target or TARGETS):
            corpus.keep(run)
            found = f"{run.executions:,} executions, {run.edges:,} edges, {len(run.findings)} findings"
            print(f"{run.target}: {found}", flush=True)
            for finding in run.findings:
                print(f"  {finding.relative_to(ROOT)}", flush=True)
            runs.append(run)
    shapes, well = hostile() if not given.target else ([], True)
    if given.record and given.target:
        record.replace(given.record, runs)
    elif given.record:
        record.write(given.record, runs, shapes)
    return 0 if well and not any(run.findings for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
