"""
Measures steady_state_module.py in one variant, as a pyperf script: ``steady_state_worker.py --variant plain -o FILE``.

Variants: ``plain`` (no atimport), ``pending`` (one name of the module pending throughout, which is asserted before and
after each measurement), ``resolved`` (was deferred, everything has been resolved).
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

import pyperf

if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType

VARIANTS = ("plain", "pending", "resolved")
# Rounds of one call of a work function: enough that the call itself doesn't count.
ROUNDS = 1000


def load(variant: str) -> ModuleType:
    """Import the measured module in `variant`; everything but PENDING has been touched."""
    if variant != "plain":
        import atimport

        atimport.install()
    import steady_state_module

    for name in ("LIMIT", "Point", "double", "WORK"):
        getattr(steady_state_module, name)
    for work in steady_state_module.WORK:
        getattr(steady_state_module, work)
    if variant == "resolved":
        atimport.resolve(steady_state_module)
    return steady_state_module


def check(module: ModuleType, variant: str) -> None:
    """Raise RuntimeError unless the module is in the state that `variant` stands for."""
    if variant != "plain":
        import atimport

        expected = ("PENDING",) if variant == "pending" else ()
        if atimport.pending(module) != expected:
            raise RuntimeError(f"{variant}: pending are {atimport.pending(module)}, expected {expected}")


def measure(module: ModuleType, variant: str, name: str, loops: int) -> float:
    """Return the seconds that `loops` calls of the work function `name` take."""
    check(module, variant)
    work = module.WORK[name]
    expected = work(ROUNDS)
    start = time.perf_counter()
    for _ in range(loops):
        found = work(ROUNDS)
    seconds = time.perf_counter() - start
    if loops and found != expected:
        raise RuntimeError(f"{name}: {found}, expected {expected}")
    check(module, variant)
    return seconds


def outside(module: ModuleType, variant: str, loops: int) -> float:
    """Return the seconds that `loops` times ten thousand attribute accesses from outside take."""
    check(module, variant)
    rounds = range(ROUNDS)
    start = time.perf_counter()
    for _ in range(loops):
        for _ in rounds:
            module.LIMIT, module.LIMIT, module.LIMIT, module.LIMIT, module.LIMIT  # noqa: B018
            module.LIMIT, module.LIMIT, module.LIMIT, module.LIMIT, module.LIMIT  # noqa: B018
    seconds = time.perf_counter() - start
    check(module, variant)
    return seconds


def pass_variant_on(command: list[str], options: Namespace) -> None:
    """Tell pyperf's worker processes which variant to measure."""
    command += ["--variant", options.variant]


def main() -> None:
    """Run the benchmarks of one variant."""
    runner = pyperf.Runner(add_cmdline_args=pass_variant_on)
    runner.argparser.add_argument("--variant", choices=VARIANTS, required=True)
    variant: str = runner.parse_args().variant
    module = load(variant)
    benchmarks: dict[str, Any] = {name: functools.partial(measure, module, variant, name) for name in module.WORK}
    benchmarks["attribute"] = functools.partial(outside, module, variant)
    for name, benchmark in benchmarks.items():
        runner.bench_time_func(name, benchmark, inner_loops=ROUNDS)


if __name__ == "__main__":
    main()
