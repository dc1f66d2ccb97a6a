"""
Threads that touch the names of many modules at random, in every way, for a while; then each statement has run once.

A round imports all modules afresh. In every seventh module a statement, which is a unit of its own, fails when it is first
tried, and is tried again by whoever comes next.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import atimport
from soak import tally

SOURCE = """\
__at_import__ = None
from soak import tally
{imports}
a = tally.count("{name}.a")
b = tally.count("{name}.b", a)
c = tally.{third}("{name}.c")
d = tally.count("{name}.d", {needs})
class K:
    value = tally.count("{name}.K", d)
def read():
    return a, b, c, d, K.value
"""
NAMES = ("a", "b", "c", "d", "K", "read")


def write(folder: Path, modules: int, pick: random.Random) -> list[str]:
    """Write the modules; each imports up to three that were written before. Returns their names."""
    names: list[str] = []
    for number in range(modules):
        name = f"stressed{number:03d}"
        others = pick.sample(names, min(len(names), pick.randrange(4)))
        imports = [
            f"import {other}" if pick.random() < 0.5 else f"from {other} import b as {other}_b" for other in others
        ]
        needs = [f"{text.split()[-1]}.c" if text.startswith("import") else text.split()[-1] for text in imports]
        third = "flaky" if number % 7 == 3 else "count"
        source = SOURCE.format(name=name, imports="\n".join(imports), third=third, needs=", ".join(needs) or "a")
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
        names.append(name)
    return names


def expected(module: str, name: str) -> object:
    """Return what reading that name must give."""
    return f"{module}.{name}"


def touches(pick: random.Random, module: ModuleType) -> None:
    """Touch something of a module, somehow."""
    own, name = module.__name__, pick.choice("abcd")
    ways: list[Callable[[], object]] = [
        lambda: getattr(module, name) == expected(own, name),
        lambda: getattr(module, name) == expected(own, name),
        lambda: module.read() == tuple(expected(own, name) for name in ("a", "b", "c", "d", "K")),
        lambda: module.K.value == expected(own, "K"),
        lambda: hasattr(module, name) and not hasattr(module, "absent"),
        lambda: set(NAMES) <= set(dir(module)),
        lambda: importlib.import_module(own).a == expected(own, "a"),
        lambda: module.read.__globals__["b"] == expected(own, "b"),
        lambda: vars(module)["c"] == expected(own, "c"),
        lambda: not atimport.pending(module) or True,
        lambda: bool(atimport.resolve(f"{own}.{name}")) or True,
    ]
    weights = [8, 8, 4, 4, 2, 2, 2, 1, 0.3, 2, 0.5]
    with contextlib.suppress(tally.Flaky):
        assert pick.choices(ways, weights)[0](), (own, name)


def play(modules: list[str], threads: int, touches_each: int, seed: int) -> None:
    """One round."""
    tally.clear()
    for name in modules:
        sys.modules.pop(name, None)
    imported = [importlib.import_module(name) for name in modules]
    problems: list[BaseException] = []

    def work(number: int) -> None:
        pick = random.Random(f"{seed} {number}")
        try:
            for _ in range(touches_each):
                touches(pick, pick.choice(imported))
        except BaseException as error:
            problems.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if problems:
        raise problems[0]
    while any(atimport.pending(module) for module in imported):
        for module in imported:
            with contextlib.suppress(tally.Flaky):
                vars(module)
    for name, module in zip(modules, imported, strict=True):
        for label in ("a", "b", "c", "d", "K"):
            assert tally.ENDED[f"{name}.{label}"] == 1, (name, label, tally.ENDED[f"{name}.{label}"])
        again = 2 if int(name[-3:]) % 7 == 3 else 1
        assert tally.BEGUN[f"{name}.c"] == again, (name, tally.BEGUN[f"{name}.c"])
        assert all(type(key) is str for key in vars(module))
        assert module.read() == tuple(f"{name}.{label}" for label in ("a", "b", "c", "d", "K"))


def main() -> None:
    """Play rounds until the time is over."""
    parser = argparse.ArgumentParser(prog="soak.stress")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.setswitchinterval(0.0002)
    atimport.install()
    rounds, each, end = 0, 500, time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        modules = write(Path(folder), options.modules, random.Random(options.seed))
        while rounds == 0 or time.monotonic() < end:
            faulthandler.dump_traceback_later(120, exit=True)
            play(modules, options.threads, each, options.seed + rounds)
            rounds += 1
        faulthandler.cancel_dump_traceback_later()
    statements = 5 * options.modules * rounds
    found = {"rounds": rounds, "touches": rounds * each * options.threads, "statements": statements}
    print(json.dumps({"threads": options.threads, "modules": options.modules} | found))


if __name__ == "__main__":
    main()
