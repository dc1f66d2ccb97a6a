"""From a target to a verdict, and from many targets to many verdicts, a few at a time.

For each module: eagerly, then deferred once an order.  Order number *n* has its own seed and takes route *n* modulo
three (`child/orders.py`).  The eager processes touch too, so that a module with its own ``__getattr__`` is in the same
state in both.  Only the first eager process and the first order *settle*, which costs a full import of everything that
the module imports.  Only where something differs is the module run eagerly once more, to learn what of it is noise:
runs that agree in everything need no excuse.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from . import compare
from .compare import Mismatch, Order, Verdict
from .processes import How, Outcome, Setting, Worker
from .targets import Target

ROUTES = 3
T = TypeVar("T")


class Trial:
    """One module: its eager run, what of that is noise, and deferred runs held against it."""

    def __init__(self, worker: Worker, target: Target, *, seed: int) -> None:
        """Run the module eagerly; `completed` says whether there is something to compare with."""
        self.worker, self.target, self.seed = worker, target, seed
        self.first = worker.job("eager", target, How(seed=seed, settle=True))
        self.names: dict[str, list[str]] = self.first.facts.get("public", {})  # module -> its public names
        self.noise: frozenset[str] | None = None  # not known before something differs

    def run(self, how: How) -> tuple[Outcome, list[Mismatch]]:
        """Run the module deferred, and compare: what differs may turn out to be noise."""
        got = self.worker.job("deferred", self.target, dataclasses.replace(how, names=self.names))
        return got, self.differences(self.first, got, how)

    def deferred(self, how: How) -> tuple[Outcome, list[Mismatch]]:
        """Run the module deferred, and compare; what differs is confirmed."""
        how = dataclasses.replace(how, names=self.names)
        got, found = self.run(how)
        if found and self.noise is None:
            again = self.worker.job("again", self.target, How(seed=self.seed + 1, route=1))
            self.noise = compare.baseline(self.first, again, self.worker.start_up)
            found = self.differences(self.first, got, how)
        return got, self.confirmed(got, how) if found else found

    def differences(self, eager: Outcome, got: Outcome, how: How) -> list[Mismatch]:
        """What differs from an eager run and is not noise."""
        noise = self.noise or frozenset()
        return compare.compare(eager, got, noise=noise, start_up=self.worker.start_up, how=how)

    def confirmed(self, got: Outcome, how: How) -> list[Mismatch]:
        """Compare once more, with eager runs that touch in the very same order; returns what remains.

        A module with its own ``__getattr__`` can depend on the order of touches, eagerly too: then the deferred process
        must do what the eager one does with that order.  And what differs by chance may have agreed in the first runs.

        What is left is compared with a process that imported atimport and deferred nothing.  A module which atimport
        itself had imported is executed there for the second time, and some (`ast`) then find their own traces in C
        types.
        """
        eager = self.worker.job("eager", self.target, how)
        found: list[Mismatch] = []
        for server in ("again", "control"):
            other = self.worker.job(server, self.target, how)
            self.noise = (self.noise or frozenset()) | compare.baseline(eager, other, self.worker.start_up)
            found = self.differences(eager, got, how)
            if not found:
                break
        return found

    def diagnostics(self) -> list[str]:
        """What `explain` says of the module, one line each: "CODE line N: message"."""
        return self.explained(self.worker, self.target)

    @staticmethod
    def explained(worker: Worker, target: Target) -> list[str]:
        """What `explain` says of any module, one line each."""
        return [f"{one.code} line {one.line}: {one.message}" for one in worker.explain(target).diagnostics]


def shuffled(seed: int, orders: int) -> list[How]:
    """The orders that a module is tried in: the seeds count on, the routes take turns, and the first one settles."""
    return [How(seed=seed + number, route=number % ROUTES, settle=number == 0) for number in range(orders)]


def judge(trial: Trial, orders: Iterable[How], *, strict: frozenset[str] = frozenset()) -> Verdict:
    """Compare one module in several orders; `strict` has the watched aspects that count as mismatches."""
    verdict = Verdict(trial.target)
    if not trial.first.completed:
        verdict.state = "left out"
        verdict.reason = trial.first.raised or f"{trial.first.ending}: {trial.first.detail}"
        return verdict
    for number, how in enumerate(orders):
        got, found = trial.deferred(how)
        if number == 0 and got.facts.get("counts"):
            verdict.deferred = True
            verdict.units, verdict.units_run = got.facts["units"], got.facts["units_run"]
            verdict.pending = got.facts["pending"]
        failed = [one for one in found if one.aspect not in compare.WATCHED or one.aspect in strict]
        verdict.watched += [one for one in found if one not in failed]
        if failed:
            verdict.mismatches += failed
            verdict.orders[how.seed] = Order(got.facts.get("order", []), got.facts.get("before_look", 0))
    verdict.noise = tuple(sorted(trial.noise or ()))
    if verdict.mismatches:
        verdict.diagnostics = trial.diagnostics()
    return verdict


def side_by_side(
    setting: Setting,
    found: Iterable[Target],
    work: Callable[[Worker, Target], T],
    *,
    jobs: int,
    say: Callable[[T], None],
) -> list[T]:
    """Do the work for every target, `jobs` at a time; in the order given, `say` hears of each result as it comes."""
    waiting: queue.SimpleQueue[tuple[int, Target]] = queue.SimpleQueue()
    for pair in enumerate(found):
        waiting.put(pair)
    results: dict[int, T] = {}
    begins = threading.Lock()
    begun: list[threading.Event] = []
    interrupted = False

    def carry_on() -> None:
        with begins:  # a thread that starts while Ctrl-C is handled is known to nobody else, the pool included
            if interrupted:
                return
            begun.append(ended := threading.Event())
        try:
            worker = Worker(setting)
            try:
                for index, target in drain(waiting):
                    results[index] = work(worker, target)
                    say(results[index])
            finally:
                worker.stop()
        finally:
            ended.set()

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            futures = [pool.submit(carry_on) for _ in range(jobs)]
            for future in futures:
                future.result()
        finally:  # after an error, or Ctrl-C, what is running ends and nothing new begins
            for _ in drain(waiting):
                pass
            with begins:
                interrupted = True
            for ended in begun:
                ended.wait()
    return [results[index] for index in sorted(results)]


def drain(waiting: queue.SimpleQueue[T]) -> Iterator[T]:
    """Yield what is waiting, until nothing is."""
    while True:
        try:
            yield waiting.get_nowait()
        except queue.Empty:
            return
