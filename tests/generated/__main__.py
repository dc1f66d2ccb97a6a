"""Random modules: is a deferred import the same as an eager one?

    python -m tests.generated --count 20000 --seed 7            three touch orders each, in two processes
    python -m tests.generated --case 70000042                   one case: its source, its orders, what came of it
    python -m tests.generated --search 300 --seed 7             hypothesis searches, and shrinks what it finds
    python -m tests.generated --count 300 --fault mutation      a planted fault, which must be found
    python -m tests.generated --count 100000 --record FILE      and a line for this interpreter in FILE

A case is a number; the same number is the same module on every interpreter. Each is executed as plain Python does and
imported by atimport, touched in the same ways, and compared (`trial`). Exit status: 0 when no module could be told from
its eager self; 1 when one could (it is printed, cut down, with the touches that show it); 2 for a command that can't
run.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys
import tempfile

from .campaign import Bench, Finding, Options, Result, campaign, drawn_case, rerouted, serve
from .draws import drawn
from .faults import FAULTS
from .names import MENTIONED
from .record import record
from .subject import Subject, subject
from .touches import ACTIONS
from .trial import Discarded, Mismatch

#: Cases of one seed; the next seed's cases come after them.
STRIDE = 10_000_000


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="modules (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which modules (default: 1)")
    parser.add_argument("--orders", type=int, default=3, metavar="N", help="touch orders a module (default: 3)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--findings", type=int, default=5, metavar="N", help="findings after which a process stops (default: 5)"
    )
    parser.add_argument("--fault", choices=FAULTS, default="", help="a planted fault in the place of atimport")
    parser.add_argument(
        "--leave-out", action="append", default=[], choices=("code", "keys", "annotations"), help="don't compare this"
    )
    parser.add_argument(
        "--without", action="append", default=[], choices=sorted(ACTIONS), help="don't touch by this route"
    )
    parser.add_argument("--case", type=int, metavar="NUMBER", help="show one case")
    parser.add_argument("--search", type=int, metavar="N", help="let hypothesis try N modules")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE", help="keep the counts in a table")
    parser.add_argument("--worker", metavar="START:STOP:STEP", help=argparse.SUPPRESS)
    parser.add_argument("--progress", help=argparse.SUPPRESS)
    return parser.parse_args()


def show(finding: Finding, like: int = 1) -> None:
    """Print a finding, and how many are `like` it."""
    print(f"\n=== case {finding.case}{f' and {like - 1} like it' if like > 1 else ''}: {finding.mismatch}")
    if finding.sibling is not None:
        print("--- the sibling\n" + finding.sibling, end="")
    if finding.source:
        print("--- the module\n" + finding.source, end="")
        print("--- the touches\n" + "\n".join(finding.touches))


def distinct(findings: list[Finding]) -> list[tuple[Finding, int]]:
    """Return the findings that differ in more than names and numbers, each with how many there are of it."""
    found: dict[str, tuple[Finding, int]] = {}
    for finding in findings:
        names = list(dict.fromkeys(MENTIONED.findall(finding.source)))
        shape = MENTIONED.sub(lambda name, names=names: f"x_{names.index(name[0])}", finding.source)  # type: ignore[misc]
        shape = re.sub(r"'[a-z]*'|\b\d+\b", "0", shape) + re.sub(r"\d+", "0", finding.mismatch.split(":")[0])
        first, number = found.get(shape, (finding, 0))
        found[shape] = (first, number + 1)
    return list(found.values())


def one(number: int, options: Options) -> bool:
    """Show one case; returns whether it is equal."""
    case = drawn_case(number, options)
    print(case.source)
    if case.sibling is not None:
        print("--- the sibling\n" + case.sibling)
    for position, order in enumerate(case.orders):
        print(f"order {position}: {'; '.join(map(str, order))}")
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        bench = Bench(pathlib.Path(folder), options)
        try:
            mismatch = bench.judge(case)
        except Discarded as error:
            print(f"discarded: the eager run raises {error}")
            return True
        if mismatch is not None:
            show(bench.reduced(number, case, mismatch))
        else:
            print("equal")
        return mismatch is None


def search(count: int, seed: int, options: Options) -> Finding | None:
    """Let hypothesis look for a mismatch and shrink it."""
    import hypothesis
    from hypothesis import strategies

    @strategies.composite
    def cases(draw: object) -> Subject:
        return rerouted(subject(drawn(draw), 1), options)  # type: ignore[arg-type]

    last: list[tuple[Subject, Mismatch]] = []
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        bench = Bench(pathlib.Path(folder), options)

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=count, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(cases())
        def equal(case: Subject) -> None:
            mismatch = bench.fails(case)
            if mismatch is not None:
                last[:] = [(case, mismatch)]
            assert mismatch is None

        try:
            equal()
        except AssertionError:
            return bench.reduced(-1, *last[0])
    return None


def summary(result: Result, options: Options) -> str:
    """Say in one line what a campaign came to."""
    version = ".".join(map(str, sys.version_info[:3]))
    text = f"{version}: {result.modules} modules, {options.orders} orders each, {len(result.findings)} findings"
    text += f"; {result.discarded} discarded; {result.seconds:.0f} s, "
    text += f"{result.modules / max(result.seconds, 0.01):.0f} modules/s"
    if result.names:
        modules = max(result.modules, 1)
        text += f"; {result.statements / modules:.1f} statements and {result.units / modules:.1f} units a module, "
        text += f"{100 * result.pending // result.names} % of names pending"
    return text


def main() -> int:
    """Run the command; returns the exit status."""
    given = arguments()
    options = Options(
        orders=given.orders,
        jobs=given.jobs,
        fault=given.fault,
        findings=given.findings,
        leave_out=tuple(given.leave_out),
        without=tuple(given.without),
    )
    if given.worker:
        serve(given.worker, given.progress, options)
        return 0
    if given.case is not None:
        return 0 if one(given.case, options) else 1
    if given.search is not None:
        found = search(given.search, given.seed, options)
        if found is not None:
            show(found)
        print(f"hypothesis: {given.search} modules, {'a finding' if found else 'no finding'}")
        return 1 if found else 0
    first = given.seed * STRIDE
    result = campaign(range(first, first + given.count), options)
    for finding, like in distinct(result.findings):
        show(finding, like)
    print(summary(result, options))
    if given.record:
        record(given.record, result, options, given.seed)
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
