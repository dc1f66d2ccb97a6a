"""Signals: in the thread that waits for a unit, and in the one that runs it. Handlers run in the main thread."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

import atimport
from staged.stage import LIMIT, Stage, staged


class Interrupted(Exception):
    """What a handler raises."""


class During:
    """A handler of SIGUSR1, while it lasts."""

    def __init__(self, handler: Callable[[], object]) -> None:
        """Call `handler`."""
        self._handler = handler

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGUSR1, lambda _number, _frame: self._handler())

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGUSR1, self._before)


def interrupt() -> None:
    """Raise, as a handler."""
    raise Interrupted


def hit(number: int = signal.SIGUSR1) -> None:
    """Send the process a signal; the main thread handles it."""
    signal.pthread_kill(threading.main_thread().ident or 0, number)


@staged(m="a = cue.play('a')")
def a_waiter_is_interrupted(stage: Stage) -> None:
    """
    A handler that raises ends the wait and not the unit.

    thread 1: m.a ─ runs a ─ 1 ─ (main waits) ─ signal ─ wait 2 ─ there it is
    main:     wait 1 ─ m.a ── waits ─────────── Interrupted ─ 2 ─ m.a ── waits, or finds it
    """
    m = stage.module("m")

    def wants_a() -> object:
        return m.a

    def a() -> object:
        stage.signal(1)
        stage.until_blocked(0, "wants_a")
        hit()
        stage.wait_for(2)
        return "a"

    stage.act("a", a)
    thread = threading.Thread(target=wants_a)
    with During(interrupt):
        thread.start()
        stage.wait_for(1)
        try:
            wants_a()
        except Interrupted:
            pass
        else:
            raise AssertionError("not interrupted")
        stage.signal(2)
        assert wants_a() == "a"
    thread.join(LIMIT)
    stage.ended("a")


@staged(m="a = cue.play('a')\nb = cue.play('b')")
def a_waiter_handles_a_signal(stage: Stage) -> None:
    """
    A handler that touches names, also the one that its thread waits for, and then the wait goes on.

    thread 1: m.a ─ runs a ─ 1 ─ (main waits) ─ signal ─ wait 2 ───────────── there it is
    main:     wait 1 ─ m.a ── waits ─ handler: m.b ─ 2 ─ m.a ── waits ─ end ─ gets it
    """
    m = stage.module("m")
    seen: list[object] = []

    def wants_a() -> object:
        return m.a

    def handler() -> None:
        seen.append(m.b)
        stage.signal(2)
        try:
            seen.append(m.a)
        except ImportError:
            # 3.15 does not look up a lazy object that its thread is at (spec/deviations.md)
            if sys.version_info < (3, 15):
                raise
            seen.append("a")

    def a() -> object:
        stage.signal(1)
        stage.until_blocked(0, "wants_a")
        hit()
        stage.wait_for(2)
        return "a"

    stage.act("a", a)
    thread = threading.Thread(target=wants_a)
    with During(handler):
        thread.start()
        stage.wait_for(1)
        assert wants_a() == "a"
        while len(seen) < 2:
            pass
    assert seen == ["b", "a"], seen
    thread.join(LIMIT)
    stage.ended("a", "b")


@staged(m="a = cue.play('a')\nb = a, cue.play('b')")
def a_unit_is_interrupted(stage: Stage) -> None:
    """
    Ctrl-C in a unit leaves it pending, and what it needed done; a thread that waits for it runs it.

    main:     m.b ─ runs a, runs b ─ 1 ─ (1 waits) ─ SIGINT ─ KeyboardInterrupt
    thread 1: wait 1 ─ m.b ── waits ──────────────────────────┴ runs b
    """
    m = stage.module("m")
    results: list[object] = []

    def wants_b() -> None:
        stage.idents[1] = threading.get_ident()
        stage.wait_for(1)
        results.append(m.b)

    def b() -> object:
        if threading.current_thread() is threading.main_thread():
            stage.signal(1)
            stage.until_blocked(1, "wants_b")
            hit(signal.SIGINT)
            stage.wait_for(3)
        return "b"

    stage.act("b", b)
    thread = threading.Thread(target=wants_b)
    thread.start()
    notes = []
    try:
        m.b  # noqa: B018
    except KeyboardInterrupt as error:
        notes = error.__notes__
    assert "while executing line" in notes[0], notes
    thread.join(LIMIT)
    assert results == [("a", "b")], results
    assert m.b == ("a", "b")
    stage.ran(a=1, b=2)
    stage.ended("a", "b")


@staged(m="a = cue.play('a')\nb = cue.play('b')\nc = a, b, cue.play('c')")
def a_storm_of_signals(stage: Stage) -> None:
    """
    A timer fires all the time, its handler touches names of the module that is being resolved, by three threads.

    main:          m.c ─ whatever comes
    threads 1, 2:  m.c ─ whatever comes
    """
    m = stage.module("m")
    seen: list[object] = []
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: seen.append(getattr(m, "b", None)))
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        results: list[object] = []
        threads = [threading.Thread(target=lambda: results.append(m.c)) for _ in range(2)]
        for thread in threads:
            thread.start()
        results.append(m.c)
        for thread in threads:
            thread.join(LIMIT)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert results == [("a", "b", "c")] * 3, results
    assert set(seen) <= {"b", None}, seen
    assert atimport.pending(m) == ()
    stage.ended("a", "b", "c")
