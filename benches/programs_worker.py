"""
Runs one program of pyperformance in one variant: ``programs_worker.py plain|pending FOLDER PROGRAM``.

``plain`` is without atimport; ``pending`` assumes that the program may be deferred, so that what it doesn't use stays
pending throughout, which is checked. Prints, as JSON, the seconds of the fastest of some repetitions, how many names
were pending at the end and how they were hooked.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import time
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: Repetitions of which the fastest counts; one more warms up.
REPETITIONS = 5


def chaos(module: ModuleType) -> object:
    """Do what the program's main function measures, which it hands to pyperf."""
    work: list[Callable[[], object]] = []

    def bench_func(_: str, function: Callable[..., object], *arguments: object) -> None:
        work.append(lambda: function(*arguments))

    options = ("thickness", "width", "height", "iterations", "rng_seed")
    chosen: dict[str, Any] = {name: getattr(module, f"DEFAULT_{name.upper()}") for name in options}
    module.main(Namespace(metadata={}, bench_func=bench_func), Namespace(filename=None, **chosen))
    return work[0]()


PROGRAMS: dict[str, Callable[[ModuleType], object]] = {
    "richards": lambda module: module.Richards().run(1),
    "deltablue": lambda module: module.delta_blue(100),
    "raytrace": lambda module: module.bench_raytrace(1, module.DEFAULT_WIDTH, module.DEFAULT_HEIGHT, None),
    "chaos": chaos,
    "nbody": lambda module: module.bench_nbody(1, module.DEFAULT_REFERENCE, module.DEFAULT_ITERATIONS),
    "go": lambda module: module.versus_cpu(),
    "hexiom": lambda module: module.main(1, module.DEFAULT_LEVEL),
    "pyflate": lambda module: module.bench_pyflake(
        1, str(Path(str(module.__file__)).parent / "data" / "interpreter.tar.bz2")
    ),
}


def main() -> None:
    """Run the program that the command line names."""
    variant, folder, program = sys.argv[1:]
    sys.path.insert(0, folder)
    if variant == "pending":
        import atimport

        atimport.install()
        atimport.overrides.assume_deferred("run_benchmark", reason="a benchmark")
    module = importlib.import_module("run_benchmark")
    times = []
    for _ in range(REPETITIONS + 1):
        random.seed(1)
        begin = time.perf_counter()
        PROGRAMS[program](module)
        times.append(time.perf_counter() - begin)
    found: dict[str, object] = {"seconds": min(times[1:])}
    if variant == "pending":
        found |= {"pending": len(atimport.pending(module)), "hooks": atimport.counts()["run_benchmark"].backend}
        if not found["pending"]:
            raise RuntimeError(f"{program} has nothing pending: this measures nothing")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
