"""
Loads and unloads of a deferred module, not touched, partly and fully resolved: memory stays flat, and nothing of ours lives on.

Measured twice: resident memory, which shows what Rust holds too, and `tracemalloc`, to the byte. The first tenth warms up.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import sys
import tempfile
import tracemalloc
from pathlib import Path

import atimport

SOURCE = """\
__at_import__ = None
import decimal
LIMITS = tuple(map(decimal.Decimal, ("0.1", "0.2")))
TABLE = {str(n): [n] * 10 for n in range(100)}
TEXT = "x" * len(TABLE) * 100
class Base:
    def method(self): return LIMITS
class Derived(Base):
    other = TEXT
def read():
    return TABLE, Derived
"""


def resident() -> int:
    """Resident memory of this process, in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cycle(number: int) -> None:
    """Load, touch, and unload."""
    module = importlib.import_module("loaded")
    match number % 4:
        case 1:
            assert module.Derived().method()
        case 2:
            assert module.read()[0]["7"]
        case 3:
            assert vars(module)["TEXT"]
    del sys.modules["loaded"], module
    gc.collect(0 if number % 100 else 2)


def kept() -> int:
    """Count what is alive of deferred modules."""
    gc.collect()
    return sum(type(object).__name__ in ("ModuleState", "PendingKey", "LazyImporter") for object in gc.get_objects())


def main() -> None:
    """Load and unload."""
    parser = argparse.ArgumentParser(prog="soak.memory")
    parser.add_argument("--cycles", type=int, default=1000)
    options = parser.parse_args()
    warm = options.cycles // 10
    atimport.install()
    references = getattr(sys, "gettotalrefcount", None)
    found: dict[str, int | None] = {"cycles": options.cycles, "references": None}
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        Path(folder, "loaded.py").write_text(SOURCE, encoding="utf-8")
        for number in range(options.cycles):
            if number == warm:
                gc.collect()
                before, counted = resident(), references() if references else 0
            cycle(number)
        gc.collect()
        found["resident"] = resident() - before
        if references:
            found["references"] = references() - counted
        found["kept"] = kept()
        tracemalloc.start()
        for number in range(options.cycles):
            if number == warm:
                gc.collect()
                traced = tracemalloc.get_traced_memory()[0]
            cycle(number)
        gc.collect()
        found["traced"] = tracemalloc.get_traced_memory()[0] - traced
    print(json.dumps(found))
    assert found["kept"] == 0, found
    assert found["resident"] < 1_500_000, found
    # the interpreter's table of interned strings may double meanwhile, which is 400 kB on 3.11 and more on newer ones
    assert found["traced"] < 1_500_000, found
    assert found["references"] is None or found["references"] < options.cycles // 10, found


if __name__ == "__main__":
    main()
