"""
Threads that create modules, touch their own and each other's, and destroy them (ITK's eighth safety point, PR #6022).

Modules are made without `sys.modules`, so that what a thread drops is gone when the others have dropped it as well.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import importlib.util
import json
import random
import sys
import tempfile
import threading
import weakref
from collections import Counter
from pathlib import Path
from types import ModuleType

import atimport

SOURCE = """\
__at_import__ = None
from soak import churn
a = churn.count(__spec__, "a")
b = churn.count(__spec__, "b", a)
c = churn.count(__spec__, "c", b)
def read():
    return a, b, c
class K:
    def method(self):
        return read()
"""

#: (module, statement) → how often it has run; the module is its spec's number.
RUN: Counter[tuple[int, str]] = Counter()


def count(spec: object, label: str, *_needs: object) -> str:
    """Count a statement of one module."""
    RUN[spec.loader_state, label] += 1  # type: ignore[attr-defined]
    return label


def states() -> int:
    """Count the states of deferred modules that are alive."""
    return sum(type(object).__name__ in ("ModuleState", "PendingKey") for object in gc.get_objects())


def main() -> None:
    """Create and destroy."""
    parser = argparse.ArgumentParser(prog="soak.churn")
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--threads", type=int, default=4)
    options = parser.parse_args()
    faulthandler.dump_traceback_later(240, exit=True)
    sys.setswitchinterval(0.0002)
    sys.modules["soak.churn"] = sys.modules["__main__"]
    sys.modules["soak"].churn = sys.modules["__main__"]  # type: ignore[attr-defined]
    atimport.install()
    slots: list[ModuleType | None] = [None] * options.threads
    alive: list[weakref.ref[ModuleType]] = []
    problems: list[BaseException] = []

    def create(number: int) -> ModuleType:
        spec = importlib.util.find_spec("churned")
        assert spec is not None
        assert spec.loader is not None
        spec.loader_state = number
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        alive.append(weakref.ref(module))
        return module

    def work(thread: int) -> None:
        pick = random.Random(thread)
        try:
            for cycle in range(options.cycles):
                slots[thread] = create(thread * options.cycles + cycle)
                for _ in range(6):
                    module = pick.choice(slots)
                    if module is not None:
                        name = pick.choice(("a", "b", "c", "read", "K", "__dict__"))
                        value = getattr(module, name)
                        assert name not in ("a", "b", "c") or value == name
                        assert name != "K" or value().method() == ("a", "b", "c")
                    del module
                slots[thread] = None
                if cycle % 10 == 0:
                    gc.collect()
        except BaseException as error:
            problems.append(error)

    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        Path(folder, "churned.py").write_text(SOURCE, encoding="utf-8")
        workers = [threading.Thread(target=work, args=(number,)) for number in range(options.threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if problems:
        raise problems[0]
    gc.collect()
    assert not [reference for reference in alive if reference() is not None], "a module is still alive"
    assert states() == 0, states()
    doubled = [key for key, times in RUN.items() if times != 1]
    assert not doubled, doubled
    print(json.dumps({"threads": options.threads, "created": len(alive), "statements": len(RUN)}))


if __name__ == "__main__":
    main()
