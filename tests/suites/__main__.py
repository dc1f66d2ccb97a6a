"""Other people's tests, plainly and with what they test deferred: the same passes, failures and skips?

    python -m tests.suites --python build/release-3.15/bin/python                      all suites of CPython's own
    python -m tests.suites --python ... test_json test_typing                          just these
    python -m tests.suites --python ... --projects                                     and those of PyPI projects
    python -m tests.suites --python ... packaging                                      a project's
    python -m tests.suites --python ... --machinery                                    what every program goes through

Each suite runs twice, in processes of its own: plainly, and under atimport with the modules that it is about deferred by
assumption (`catalogue`).  With `--machinery` the suites are those of imports, threads, pickles, debuggers and warnings; they
run a third time with the loader installed and nothing deferred, and every process that they start has the loader, too.  What counts is the outcome of every single test.  A test that differs is run again both ways;
one that does not always come out the same is called unstable and counted apart, as is one that the catalogue explains.  A
suite in which no unit ran deferred proves nothing, and is named as such.  Exit status 0, 1, or 2 for a command that cannot run.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import pathlib
import sys

from . import catalogue, projects, report
from .running import Bench, Judgement, judge


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.suites", description=__doc__.splitlines()[0])
    parser.add_argument("suite", nargs="*", help="a name of the catalogue (default: all of CPython's own)")
    parser.add_argument("--python", action="append", required=True, metavar="PATH", help="a Python that has atimport")
    parser.add_argument("--projects", action="store_true", help="the suites of PyPI projects as well")
    parser.add_argument("--machinery", action="store_true", help="only what every program goes through, in three ways")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/suites"), metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2, help="suites at a time (default: 2)")
    parser.add_argument("--timeout", type=int, default=900, metavar="SECONDS", help="for one run of a suite")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every outcome that differs")
    parser.add_argument(
        "--record",
        type=pathlib.Path,
        metavar="FOLDER",
        help="write suites-VERSION.md (suites-machinery-VERSION.md), after a whole run",
    )
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> tuple[list[str], list[catalogue.Project]]:
    """Suites of CPython and projects, as the command line has it.  Raises `SystemExit` for a name that is neither."""
    by_name = {project.name: project for project in catalogue.PROJECTS}
    own = catalogue.MACHINERY if options.machinery else catalogue.CPYTHON
    strange = [name for name in options.suite if name not in own and name not in by_name]
    if strange:
        raise SystemExit(f"suites: not in the catalogue: {', '.join(strange)}")
    if options.suite:
        return (
            [name for name in options.suite if name in own],
            [by_name[name] for name in options.suite if name in by_name],
        )
    return own, list(catalogue.PROJECTS) if options.projects else []


def main() -> int:
    options = arguments()
    own, others = chosen(options)
    failed = False
    for python in options.python:
        bench = Bench.of(python, options.build.resolve(), options.timeout)
        if options.machinery:
            bench = bench.enable()
        runs = [
            bench.cpython(suite, catalogue.subjects(suite, machinery=options.machinery))
            for suite in own
            if bench.has(suite)
        ]
        runs += [projects.prepare(bench, project) for project in others]
        found: list[Judgement] = []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for judgements in pool.map(judge, runs):
                found += judgements
                for judgement in judgements:
                    print(report.line(bench, judgement), file=sys.stderr, flush=True)
        missing = [suite for suite in own if not bench.has(suite)]
        print(report.table(bench, found, missing))
        failed |= any(one.failed for one in found)
        if options.record and not options.suite:  # a record of a part would replace that of the whole
            print(f"wrote {report.write_record(bench, found, missing, options.record)}")
        if options.json:
            options.json.write_text(json.dumps([one.as_dict() for one in found], indent=1))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
