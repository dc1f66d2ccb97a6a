"""One case run twice, and what came of it compared.

Terms: a *runner* brings a module to life under a name; the *oracle* is the runner that executes the source as plain
Python does, hook included; a *trial* compares another runner with it, one order of touches at a time.

    trial(subject, Deferred(folder))   →   None, or a Mismatch(order=1, stage="end", difference="n1: 3 is not 4")

Three stages are compared: what was recorded outside when the import ended; what every touch saw; and the end: all
names in dict order with everything that hangs on them in one snapshot (aliases show), then what the functions return
when they are called in order, then what is left in the iterators.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import os
import pathlib
import re
import signal
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import recorder
from .snapshot import LEFT_OUT, Encoder, TooBig, attempt, difference
from .subject import IMPORTER, PLACE, Subject
from .touches import Applied, Touch, shown

#: Seconds for one run; a run that takes longer loops.
LIMIT = 5.0
FUNCTION = re.compile(r"f\d+")
ITERATOR = re.compile(r"it\d+")
#: What an import raises that has to be raised at import: `raise ValueError(n1)`, and not what a call raises.
ON_PURPOSE = re.compile(r"ValueError: (-?\d+|True|False)")


class Discarded(Exception):
    """The eager run says nothing: it raises, loops or grows too big."""


class Hung(BaseException):
    """A run took longer than `LIMIT`."""


@dataclass(frozen=True)
class Mismatch:
    """A deferred module that could be told from the eager one."""

    order: int
    stage: str
    difference: str

    def __str__(self) -> str:
        """Say which stage and what."""
        return f"{self.stage}: {self.difference}"


@dataclass
class Account:
    """What a program could see of one run; every field is encoded."""

    imported: object = None
    touched: object = None
    ended: object = None
    raised: str = ""


class Eager:
    """Plain Python, in a fresh module, without the import system."""

    def __init__(self) -> None:
        """Have compiled nothing."""
        self._codes: dict[str, types.CodeType] = {}

    def load(self, subject: Subject, name: str, order: list[Touch]) -> types.ModuleType:  # noqa: ARG002
        """Execute the sibling and the source, then the hook, then the importer."""
        if subject.sibling is not None:
            self._execute(subject.sibling_text(f"{name}"), f"{name}s")
        source = subject.text(name)
        module = self._execute(source, name)
        hook = vars(module).get("__at_import__")
        if hook is not None and not source.endswith("\n__at_import__()\n"):
            vars(module).update(hook() or {})
        if subject.imported:
            self._execute(IMPORTER.replace(PLACE, name), f"{name}i")
        return module

    def compiled(self, source: str, name: str) -> types.CodeType:
        """Compile once for all orders."""
        if source not in self._codes:
            if len(self._codes) > 8:
                self._codes.clear()
            self._codes[source] = compile(source, f"{name}.py", "exec", dont_inherit=True)
        return self._codes[source]

    def _execute(self, source: str, name: str) -> types.ModuleType:
        code = self.compiled(source, name)
        module = types.ModuleType(name)
        vars(module).update(__package__="", __file__=f"{name}.py", __cached__=None)
        sys.modules[name] = module
        exec(code, vars(module))
        return module


class Deferred:
    """A real import by atimport, from a folder that is the first entry of the path."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Write sources to `folder`."""
        self.folder = folder
        self._written = ""

    def load(self, subject: Subject, name: str, order: list[Touch]) -> types.ModuleType:  # noqa: ARG002
        """Write the sources, unless they are those of the run before, and import the module."""
        source = subject.text(name)
        if self._written != source:
            self._write(name, source)
            if subject.sibling is not None:
                self._write(f"{name}s", subject.sibling_text(name))
            if subject.imported:
                self._write(f"{name}i", IMPORTER.replace(PLACE, name))
            self._written = source
            sys.path_importer_cache.pop(str(self.folder), None)
        module = importlib.import_module(name)
        if subject.imported:
            importlib.import_module(f"{name}i")
        return module

    def _write(self, name: str, source: str) -> None:
        (self.folder / f"{name}.py").write_text(source, encoding="utf-8")

    def forget(self) -> None:
        """Delete what was written."""
        self._written = ""
        for folder in (self.folder, self.folder / "__pycache__"):
            if folder.is_dir():
                for entry in os.scandir(folder):
                    if entry.is_file():
                        os.unlink(entry.path)


def run(runner: Any, subject: Subject, name: str, order: list[Touch]) -> Account:
    """Bring the module to life, touch it, and account for everything."""
    recorder.reset()
    account = Account()
    applied: Applied | None = None
    try:
        with alarm():
            try:
                module = runner.load(subject, name, order)
            except Exception as error:
                account.raised = f"{type(error).__name__}: {error}"
                account.imported = tuple(recorder.LOG)
                return account
            account.imported = tuple(recorder.LOG)
            applied = Applied(module)
            for touch in order:
                applied.apply(touch)
            account.touched = tuple(applied.outcomes)
            account.ended = attempt(lambda: ending(module, applied))
    except (RecursionError, TooBig, Hung) as error:
        account.raised = f"{type(error).__name__}: {error}"
    finally:
        for known in (name, f"{name}s", f"{name}i"):
            sys.modules.pop(known, None)
    return account


def ending(module: types.ModuleType, applied: Applied) -> tuple[object, ...]:
    """Encode all that the module has become, then what using it gives."""
    encoder = Encoder()
    namespace = vars(module)
    keys = shown(namespace)
    parts: list[object] = [("keys", *keys), ("type", type(module).__name__, {type(key) for key in namespace} == {str})]
    parts += [("name", key, attempt(lambda key=key: encoder.encode(namespace[key]))) for key in keys]  # type: ignore[misc]
    parts += [("touched", *map(encoder.encode, applied.values)), ("recorded", *recorder.LOG)]
    parts.append(("outside", encoder.encode(recorder.REGISTRY), encoder.encode(vars(recorder.box))))
    if "annotations" not in LEFT_OUT:
        parts.append(("annotations", attempt(lambda: encoder.encode(module.__annotations__))))
    for key in keys:
        if FUNCTION.fullmatch(key):
            parts.append((f"{key}()", attempt(lambda key=key: encoder.encode(namespace[key]()))))  # type: ignore[misc]
        if ITERATOR.fullmatch(key):
            parts.append(
                (f"list({key})", attempt(lambda key=key: encoder.encode(list(itertools.islice(namespace[key], 5)))))
            )  # type: ignore[misc]
    importer = sys.modules.get(f"{module.__name__}i")
    if importer is not None:
        copied = vars(importer)
        parts.append(("importer", *shown(copied)))
        parts += [("copied", key, attempt(lambda key=key: encoder.encode(copied[key]))) for key in shown(copied)]  # type: ignore[misc]
    after = Encoder(brief=True)
    parts += [("then", key, after.encode(namespace[key])) for key in keys if key in namespace]
    return (*parts, ("recorded", *recorder.LOG))


def trial(subject: Subject, runner: Any, name: str, oracle: Eager) -> Mismatch | None:
    """Compare a runner with the oracle in every order; raises `Discarded` when the oracle has nothing to say."""
    for number, order in enumerate(subject.orders):
        expected = run(oracle, subject, name, order)
        if expected.raised and not ON_PURPOSE.fullmatch(expected.raised):
            raise Discarded(expected.raised)
        found = run(runner, subject, name, order)
        for stage in ("raised", "imported", "touched", "ended"):
            left, right = getattr(expected, stage), getattr(found, stage)
            if left != right:
                return Mismatch(number, stage, difference(left, right) or "equal but for the types")
    return None


@contextmanager
def alarm() -> Iterator[None]:
    """Raise `Hung` in the block after `LIMIT` seconds."""

    def ring(*_: object) -> None:
        raise Hung(f"more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
