"""
The stage of one play: threads, the order of their steps, fresh modules, and the counts of statements.

Separate from the plays because it knows threads and nothing about atimport.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import ModuleType

from staged import cue

#: Seconds after which a step that has not come counts as a hang.
LIMIT = 30

#: name → (play, sources of its modules by name)
PLAYS: dict[str, tuple[Callable[[Stage], None], dict[str, str]]] = {}


def staged(**sources: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Register a play; `sources` are its modules, which get the declaration, unless they begin with ``# eager``."""

    def register(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        texts = {}
        for name, body in sources.items():
            head = "" if body.startswith("# eager") else "__at_import__ = None\n"
            texts[name] = f"{head}from staged import cue\n{body}\n"
        PLAYS[play.__name__] = (play, texts)
        return play

    return register


def like(module: ModuleType, name: str, default: object = None) -> object:
    """
    Return an attribute of a module, or the default where threads wait for each other.

    On 3.15 a lazy object can't say "no such name": there `getattr` with a default raises (spec/deviations.md).
    """
    if sys.version_info < (3, 15):
        return getattr(module, name, default)
    try:
        return getattr(module, name, default)
    except AttributeError as error:
        if "this thread waits for" in str(error):
            return default
        raise


class Stage:
    """
    One performance.

    A step has a number; `signal` says that it has been reached, `wait_for` waits for that. Numbers only grow.
    """

    def __init__(self, modules: list[str]) -> None:
        """Import the modules that are deferred, afresh, and touch their ``cue``."""
        self._reached = 0
        self._condition = threading.Condition()
        self.idents: dict[int, int] = {}
        for name in modules:
            sys.modules.pop(name, None)
        cue.clear()

    def module(self, name: str) -> ModuleType:
        """Import a module; its ``cue`` is resolved, so that nobody has to wait for that."""
        module = importlib.import_module(name)
        assert module.cue is cue
        return module

    def act(self, label: str, act: Callable[[], object]) -> None:
        """What the statement of that label does."""
        cue.ACTS[label] = act

    def signal(self, step: int) -> None:
        """A step has been reached."""
        with self._condition:
            self._reached = max(self._reached, step)
            self._condition.notify_all()

    def wait_for(self, step: int) -> None:
        """Wait until a step has been reached."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._reached >= step, LIMIT):
                raise TimeoutError(f"step {step} was not reached; {self._reached} was")

    def perform(self, *roles: Callable[[], object]) -> list[object]:
        """Run each role in a thread, numbered from 1; returns what they return or raise."""
        results: list[object] = [None] * len(roles)

        def run(number: int, role: Callable[[], object]) -> None:
            self.idents[number] = threading.get_ident()
            try:
                results[number - 1] = role()
            except BaseException as error:
                results[number - 1] = error

        threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(roles, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
            if thread.is_alive():
                raise TimeoutError("a thread hangs")
        return results

    def until_blocked(self, number: int, function: str) -> None:
        """Wait until a thread of `perform` (0: the main one) stays inside of a Python function of that name."""
        deadline = time.monotonic() + LIMIT
        seen = None
        while time.monotonic() < deadline:
            ident = threading.main_thread().ident if number == 0 else self.idents.get(number)
            frame = sys._current_frames().get(ident or 0)
            where = (frame.f_code.co_name, frame.f_lasti) if frame is not None else None
            del frame
            if where is not None and where[0] == function and where == seen:
                return
            seen = where
            time.sleep(0.0005)
        raise TimeoutError(f"thread {number} never stayed in {function}")

    def ran(self, **expected: int) -> None:
        """Assert how often statements have begun, and that each has ended once (0: never, if it is expected so)."""
        begun = {label: cue.BEGUN[label] for label in expected}
        assert begun == expected, f"statements begun: {begun}, expected {expected}"
        assert all(cue.ENDED[label] <= 1 for label in expected), f"a statement was doubled: {cue.ENDED}"

    def ended(self, *labels: str) -> None:
        """Assert that these statements, and no others, have run to their end, once each."""
        assert Counter(labels) == cue.ENDED, f"statements ended: {cue.ENDED}, expected {labels}"
