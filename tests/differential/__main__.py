"""Is a deferred import the same as an eager one?  Real modules, in separate processes, on every interpreter given.

    python -m tests.differential --python build/venv-3.11/bin/python --python build/venv-3.15/bin/python
    python -m tests.differential --python ... --sample 60 --seed 7          a few modules of every group
    python -m tests.differential --python ... --only rich --module rich.text

For each module M, in processes of their own:

    eager      import M                                    touch its public names    describe everything
    deferred   assume_deferred("*"), install(), import M   touch in a random order   describe everything
    ...        in at least three orders, by three routes
    eager      once more, where they differ: what differs between eager runs is noise

where a module that breaks the promise is pinned eager by `expected.toml`, which says why; and all descriptions must be
equal, with nothing lost of what importing does outside of M, nothing raised, nothing printed twice, no placeholder
visible.  `atimport.verification` does all that; here `corpus` says which modules, `expectations` which differences are
known, `report` how it is told.  Exit status 0, or 1 with the mismatches
printed; 2 for a command that cannot run.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

from atimport.verification import compare
from atimport.verification.compare import Verdict
from atimport.verification.judging import Trial, judge, shuffled, side_by_side
from atimport.verification.processes import Setting, Worker
from atimport.verification.targets import Target

from . import corpus, expectations, interpreters, report


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python", action="append", required=True, metavar="PATH", help="an interpreter that has atimport"
    )
    parser.add_argument("--only", action="append", choices=corpus.GROUPS, help="a group (default: all of them)")
    parser.add_argument("--module", action="append", metavar="NAME", help="just this module, whatever its group")
    parser.add_argument("--sample", type=int, metavar="N", help="about N modules, half of them stdlib")
    parser.add_argument("--seed", type=int, default=1, help="of the sample and of the first touch order (default: 1)")
    parser.add_argument("--orders", type=int, default=3, help="touch orders a module (default: 3)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--timeout", type=int, default=60, metavar="SECONDS", help="for one process (default: 60)")
    parser.add_argument("--strict", action="append", default=[], choices=compare.WATCHED, help="fail on this one too")
    parser.add_argument(
        "--control", action="store_true", help="import atimport, defer nothing: what then differs is noise"
    )
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/differential"), metavar="FOLDER")
    parser.add_argument("--atimport", metavar="FOLDER", help="take atimport from here, not from where Python finds it")
    parser.add_argument("--pip", metavar="PYTHON", help="install the PyPI packages with this interpreter's pip")
    parser.add_argument("--expected", type=pathlib.Path, default=expectations.FILE, metavar="FILE")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the full report")
    parser.add_argument(
        "--record", type=pathlib.Path, metavar="FOLDER", help="write differential-VERSION.md, after a whole run"
    )
    return parser.parse_args()


def choose(options: argparse.Namespace, interpreter: interpreters.Interpreter, site: pathlib.Path) -> list[Target]:
    """The targets that the command line asks for.  Raises `SystemExit` when a named module is not among them."""
    found = corpus.targets(interpreter, site, options.only or list(corpus.GROUPS))
    if options.module:
        known = {target.module for target in found}
        strange = [name for name in options.module if name not in known]
        if strange:
            raise SystemExit(f"differential: not in the corpus of {interpreter.version}: {', '.join(strange)}")
        found = [target for target in found if target.module in options.module]
    return corpus.sample(found, options.sample, options.seed) if options.sample else found


def setting(
    options: argparse.Namespace, interpreter: interpreters.Interpreter, site: pathlib.Path, pins: frozenset[str]
) -> Setting:
    """How the processes of one interpreter are started: caches and scratch folders stay below the build folder.

    All of them get the pins, because an environment is compared too.
    """
    build = options.build.resolve()
    return Setting(
        python=interpreter.path,
        path=(str(site),),
        atimport=str(interpreter.atimport),
        scratch=build,
        caches=build / f"pycache-{interpreter.version}",
        timeout=options.timeout,
        control=options.control,
        hooks=False,  # nobody's module has one, and calling them changes a method that `importlib.abc` copies
        environment={"ATIMPORT_EAGER": ",".join(sorted(pins))},
    )


def run(options: argparse.Namespace, interpreter: interpreters.Interpreter, site: pathlib.Path) -> report.Run:
    """Compare everything on one interpreter."""
    expected = expectations.load(options.expected)
    pins = expectations.load(options.expected, "pin")
    names = expectations.pinned(pins, interpreter.version)
    found = choose(options, interpreter, site)
    sampled = bool(options.sample or options.module or options.only)
    started, done = time.monotonic(), []

    def say(verdict: Verdict) -> None:
        done.append(verdict)
        if sys.stderr.isatty():
            print(
                f"\r{interpreter.version} {len(done)}/{len(found)} {verdict.target.module:60.60}",
                end="",
                file=sys.stderr,
            )

    def work(worker: Worker, target: Target) -> Verdict:
        trial = Trial(worker, target, seed=options.seed)
        verdict = judge(trial, shuffled(options.seed, options.orders), strict=frozenset(options.strict))
        if target.module in names:
            verdict.diagnostics = trial.diagnostics()
        if verdict.mismatches:
            loaded = trial.first.entries["outside#sys.modules"].split()
            others = {one.of for one in expected if one.of in loaded and one.is_about(target.module)}
            for other in sorted(others):
                said = Trial.explained(worker, Target(target.group, other))
                verdict.diagnostics += [f"{other}: {line}" for line in said]
        return verdict

    verdicts = side_by_side(setting(options, interpreter, site, names), found, work, jobs=options.jobs, say=say)
    if sys.stderr.isatty():
        print("\r" + " " * 78 + "\r", end="", file=sys.stderr)
    surprises = {
        verdict.target.module: left
        for verdict in verdicts
        if (left := expectations.unexpected(verdict, expected, interpreter.version))
    }
    return report.Run(
        interpreter=interpreter,
        site=site,
        verdicts=verdicts,
        unexpected=surprises,
        outdated=expectations.outdated(verdicts, expected, interpreter.version, whole=not sampled),
        unfounded=expectations.unfounded(verdicts, pins, interpreter.version),
        pins=names,
        seconds=time.monotonic() - started,
        seed=options.seed,
        orders=options.orders,
        sampled=sampled,
    )


def main() -> int:
    options = arguments()
    asked = [interpreters.ask(path, atimport=options.atimport) for path in options.python]
    for interpreter in asked:
        if interpreter.lacks_atimport:
            print(
                f"differential: {interpreter.path} has no atimport: build it first, or give --atimport", file=sys.stderr
            )
            return 2
    pythons = [options.pip] if options.pip else [sys.executable, *(interpreter.path for interpreter in asked)]
    site = corpus.install(options.build.resolve() / "corpus", pythons)
    runs = []
    for interpreter in asked:
        runs.append(run(options, interpreter, site))
        print(f"\nCPython {interpreter.full_version}, {runs[-1].seconds:.0f} s, seed {options.seed}\n")
        print(report.table(runs[-1]) + "\n")
        print(report.conclusion(runs[-1]), flush=True)
        if options.record and not runs[-1].sampled:  # a record of a part would replace that of the whole
            print(f"\nwrote {report.write_record(runs[-1], options.record)}")
    if options.json:
        options.json.write_text(report.as_json(runs))
    return int(any(one.failed for one in runs))


if __name__ == "__main__":
    sys.exit(main())
