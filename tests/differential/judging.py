"""From a target to a verdict, and from many targets to many verdicts, a few at a time.

For each module: eagerly twice, then deferred once an order.  Order number *n* has its own seed and takes route *n*
modulo three (`child/orders.py`).  The eager processes touch too, so that a module with its own ``__getattr__`` is in
the same state in both.  Only the first eager process and the first order *settle*, which costs a full import of
everything that the module imports.
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import queue
from collections.abc import Callable, Iterator

from . import compare
from .compare import Mismatch, Verdict
from .corpus import Target
from .interpreters import Interpreter
from .processes import Outcome, Worker

ROUTES = 3
SAY = Callable[[Verdict], None]


def judge(worker: Worker, target: Target, *, seed: int, orders: int, strict: frozenset[str]) -> Verdict:
    """Run all processes for one module and compare them."""
    verdict = Verdict(target)
    first = worker.job("eager", target, seed=seed, settle=True)
    second = worker.job("again", target, seed=seed + 1, route=1)
    for eager in (first, second):
        if not eager.completed:
            verdict.state, verdict.reason = "left out", eager.raised or f"{eager.ending}: {eager.detail}"
            return verdict
    noise = compare.baseline(first, second, worker.start_up)
    for number in range(orders):
        how = {"seed": seed + number, "route": number % ROUTES, "settle": number == 0}
        got = worker.job("deferred", target, **how)
        if number == 0 and got.facts.get("counts"):
            verdict.deferred = True
            verdict.units, verdict.units_run = got.facts["units"], got.facts["units_run"]
            verdict.pending = got.facts["pending"]
        found = compare.compare(first, got, noise=noise, start_up=worker.start_up, **how)
        if found:
            noise, found = confirm(worker, target, got, noise, how)
        failed = [one for one in found if one.aspect not in compare.WATCHED or one.aspect in strict]
        verdict.watched += [one for one in found if one not in failed]
        if failed:
            verdict.mismatches += failed
            verdict.orders[how["seed"]] = got.facts.get("order", [])
    verdict.noise = tuple(sorted(noise))
    if verdict.mismatches:
        verdict.diagnostics = worker.diagnostics(target)
    return verdict


def confirm(
    worker: Worker, target: Target, got: Outcome, noise: frozenset[str], how: dict
) -> tuple[frozenset[str], list[Mismatch]]:
    """Compare once more, with eager runs that touch in the very same order; returns the noise and what remains.

    A module with its own ``__getattr__`` can depend on the order of touches, eagerly too: then the deferred process
    must do what the eager one does with that order.  And what differs by chance may have agreed in the first two runs.

    What is left is compared with a process that imported atimport and deferred nothing.  A module which atimport itself
    had imported is executed there for the second time, and some (`ast`) then find their own traces in C types.
    """
    eager = worker.job("eager", target, **how)
    found = []
    for server in ("again", "control"):
        noise |= compare.baseline(eager, worker.job(server, target, **how), worker.start_up)
        found = compare.compare(eager, got, noise=noise, start_up=worker.start_up, **how)
        if not found:
            break
    return noise, found


def judge_all(
    interpreter: Interpreter,
    found: list[Target],
    *,
    build: pathlib.Path,
    site: pathlib.Path,
    seed: int,
    orders: int,
    jobs: int,
    timeout: int,
    strict: frozenset[str],
    control: bool,
    pins: frozenset[str],
    say: SAY,
) -> list[Verdict]:
    """Judge every target, `jobs` at a time, in the order given; `say` hears of each verdict as it comes.

    `pins` are modules that stay eager in the deferred processes, whose diagnostics are asked for in any case.
    """
    waiting: queue.SimpleQueue[tuple[int, Target]] = queue.SimpleQueue()
    for pair in enumerate(found):
        waiting.put(pair)
    verdicts: dict[int, Verdict] = {}

    def work() -> None:
        worker = Worker(interpreter, build, site, timeout=timeout, control=control, pins=pins)
        try:
            for index, target in drain(waiting):
                verdicts[index] = judge(worker, target, seed=seed, orders=orders, strict=strict)
                if target.module in pins:
                    verdicts[index].diagnostics = worker.diagnostics(target)
                say(verdicts[index])
        finally:
            worker.stop()

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(work) for _ in range(jobs)]:
            future.result()
    return [verdicts[index] for index in sorted(verdicts)]


def drain(waiting: queue.SimpleQueue) -> Iterator:
    while True:
        try:
            yield waiting.get_nowait()
        except queue.Empty:
            return
