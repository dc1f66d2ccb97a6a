"""Many cases in a few processes: who runs which, what comes back, and what happens when a process dies.

Terms: a *case* is a number; it decides the module and its orders, on every version of Python alike. A *worker* is a
process that runs every so-manyth case of a range, in-process, and writes one line of JSON for each finding and one with
its counts. A worker that dies (a crash of the interpreter is a finding, too) is replaced, from the case after.

    campaign(range(1000), Options(jobs=2))   →   Result(modules=996, discarded=4, findings=[])

Separate from `trial`, which knows one case and no processes.
"""

from __future__ import annotations

import gc
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .draws import Seeded
from .faults import Faulty
from .reduce import smallest
from .snapshot import LEFT_OUT
from .subject import Subject, subject
from .touches import Touch
from .trial import Deferred, Discarded, Eager, Mismatch, trial

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to run cases; `fault` is empty for atimport itself."""

    orders: int = 3
    jobs: int = 2
    fault: str = ""
    #: findings after which a worker stops
    findings: int = 5
    #: aspects not to look at (`snapshot.LEFT_OUT`)
    leave_out: tuple[str, ...] = ()
    #: routes not to take
    without: tuple[str, ...] = ()


@dataclass
class Finding:
    """A mismatch, cut down."""

    case: int
    source: str
    sibling: str | None
    touches: list[str]
    mismatch: str


@dataclass
class Result:
    """What a campaign came to; `units` and what follows stay 0 for a planted fault."""

    modules: int = 0
    discarded: int = 0
    statements: int = 0
    units: int = 0
    names: int = 0
    pending: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: dict[str, Any]) -> None:
        """Add a worker's counts."""
        for key, value in other.items():
            setattr(self, key, getattr(self, key) + value)


class Bench:
    """Both runners in this process, and names that no other case has used."""

    def __init__(self, folder: pathlib.Path, options: Options) -> None:
        """Work in `folder`; without a fault, install atimport."""
        LEFT_OUT.update(options.leave_out)
        fault = options.fault
        warnings.simplefilter("ignore")  # generated code is full of what compilers warn about
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = False
        self.oracle = Eager()
        self.used = 0
        self.deferred: Deferred | None = None
        self.runner: Any = Faulty(fault)
        if not fault:
            import atimport

            atimport.install()
            self.runner = self.deferred = Deferred(folder)

    def fails(self, case: Subject) -> Mismatch | None:
        """Try a case; one that the oracle can't judge doesn't fail."""
        try:
            return self.judge(case)
        except Discarded:
            return None

    def judge(self, case: Subject) -> Mismatch | None:
        """Try a case under a new name; raises `Discarded`."""
        self.used += 1
        try:
            return trial(case, self.runner, f"g{self.used}", self.oracle)
        except (SyntaxError, ValueError) as error:
            raise Discarded(str(error)) from error
        finally:
            if self.deferred is not None:
                self.deferred.forget()

    def reduced(self, number: int, case: Subject, mismatch: Mismatch) -> Finding:
        """Cut a failing case down."""
        case, mismatch = smallest(case, mismatch, self.fails)
        return Finding(number, case.source, case.sibling, list(map(str, case.orders[0])), str(mismatch))


def work(cases: range, options: Options, say: Callable[[dict[str, object]], None], at: Callable[[int], None]) -> None:
    """Run cases in this process; `at` is told each before it starts."""
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        bench = Bench(pathlib.Path(folder), options)
        gc.freeze()
        counts = {"modules": 0, "discarded": 0, "statements": 0}
        left = options.findings
        for number in cases:
            at(number)
            case = drawn_case(number, options)
            try:
                mismatch = bench.judge(case)
            except Discarded:
                counts["discarded"] += 1
                continue
            counts["modules"] += 1
            counts["statements"] += case.statements
            if mismatch is not None:
                say({"finding": asdict(bench.reduced(number, case, mismatch))})
                left -= 1
                if not left:
                    break
        say({"counts": counts | (laziness() if not options.fault else {})})


def drawn_case(number: int, options: Options) -> Subject:
    """Draw a case; touches by unwanted routes become attribute accesses."""
    return rerouted(subject(Seeded(number), options.orders), options)


def rerouted(case: Subject, options: Options) -> Subject:
    """Touch by attribute access where a route is unwanted."""
    if options.without:
        case.orders = [
            [Touch("get", one.name) if one.route in options.without else one for one in order] for order in case.orders
        ]
    return case


def laziness() -> dict[str, int]:
    """Sum what the runtime counted: how much was deferred at all (a run that deferred nothing proves nothing)."""
    import atimport

    known = atimport.counts().values()
    return {key: sum(getattr(one, key) for one in known) for key in ("units", "names", "pending")}


def campaign(cases: range, options: Options) -> Result:
    """Run cases in `options.jobs` processes."""
    started = time.monotonic()
    result = Result()
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        shares = [cases[position :: options.jobs] for position in range(options.jobs)]
        running = [
            Worker(share, options, pathlib.Path(folder) / str(position)) for position, share in enumerate(shares)
        ]
        for worker in running:
            for line in worker.lines():
                if "finding" in line:
                    result.findings.append(Finding(**line["finding"]))
                else:
                    result.add(line["counts"])
    result.findings.sort(key=lambda finding: finding.case)
    result.seconds = time.monotonic() - started
    return result


class Worker:
    """A process that runs a share of the cases, and its successors if it dies."""

    def __init__(self, share: range, options: Options, progress: pathlib.Path) -> None:
        """Start it; `progress` is the file in which it says where it is."""
        self.share, self.options, self.progress = share, options, progress
        self.output = progress.with_suffix(".out")
        self.start()

    def start(self) -> None:
        """Start a process for what is left of the share."""
        self.progress.write_text("")
        words = [f"{self.share.start}:{self.share.stop}:{self.share.step}", "--orders", str(self.options.orders)]
        words += [word for aspect in self.options.leave_out for word in ("--leave-out", aspect)]
        words += [word for route in self.options.without for word in ("--without", route)]
        words += [
            "--findings",
            str(self.options.findings),
            *(("--fault", self.options.fault) if self.options.fault else ()),
        ]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.generated", "--worker", *words, "--progress", str(self.progress)],
                cwd=ROOT,
                stdout=output,
            )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what it says, to the end of the share; a death is a finding."""
        deaths = 0
        while True:
            status = self.process.wait()
            for line in self.output.read_text().splitlines():
                yield json.loads(line)
            if status == 0:
                return
            text = self.progress.read_text()
            if status > 0 or not text:
                raise SystemExit(f"generated: a worker failed with status {status} at case {text or '(none)'}")
            number = int(text)
            yield {"finding": asdict(Finding(number, "", None, [], f"the process died of signal {-status}"))}
            deaths += 1
            self.share = range(number + self.share.step, self.share.stop, self.share.step)
            if not self.share or deaths == self.options.findings:
                return
            self.start()


def serve(words: str, progress: str, options: Options) -> None:
    """Be a worker."""
    start, stop, step = map(int, words.split(":"))
    descriptor = os.open(progress, os.O_WRONLY)

    def at(number: int) -> None:
        os.pwrite(descriptor, b"%020d" % number, 0)

    def say(line: dict[str, object]) -> None:
        print(json.dumps(line), flush=True)

    work(range(start, stop, step), options, say, at)
