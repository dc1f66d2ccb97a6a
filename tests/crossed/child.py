"""Imports modules, each in processes of its own, eagerly and deferred, and tells which differ.

    python -m tests.crossed.child FOLDER NAME...

Every process is a fork of one that has imported nothing of them. Prints a line of JSON for each module: its name, and what came
of it: "same", "raises" (the eager import does, so there is nothing to compare), or how it differs.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
import types

import atimport

#: What is touched, in which order, as far as the module has it; these are the names that could tell.
ORDERS = (("n", "m", "x", "other"), ("other", "x", "m", "n"))
#: What text of an object differs from process to process.
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
#: Seconds for a module in one process. A deadlock takes longer.
LIMIT = 20


def seen(name: str, order: tuple[str, ...], *, deferred: bool) -> tuple[str, int]:
    """What a process sees of a module: its names by a touch in that order, as text, and its exit status."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        try:
            if deferred:
                atimport.install()
            module = importlib.import_module(name)
            found = sorted((touched, shown(module, touched)) for touched in order)
        except BaseException as error:
            found = [("raises", type(error).__name__)]
        os.write(into, json.dumps(found).encode())
        os._exit(0)
    os.close(into)
    with open(out, encoding="utf-8") as answer:
        text = answer.read()
    return text, os.waitpid(child, 0)[1]


def shown(module: types.ModuleType, name: str) -> str:
    """The value of a name as text."""
    try:
        return ADDRESS.sub("", repr(getattr(module, name)))
    except AttributeError:
        return "missing"


def compare(name: str) -> str:
    """What came of a module."""
    eager = seen(name, ORDERS[0], deferred=False)
    if eager[1] or '"raises"' in eager[0]:
        return "raises"
    for order in ORDERS:
        deferred = seen(name, order, deferred=True)
        if deferred != eager:
            return f"touched as {', '.join(order)}: {deferred[0]}, status {deferred[1]}; eagerly {eager[0]}"
    return "same"


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    for module in sys.argv[2:]:
        print(json.dumps([module, compare(module)]), flush=True)
