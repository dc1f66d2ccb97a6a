"""One unit, several threads: one runs it, the others wait; what they do when it fails."""

from __future__ import annotations

from collections import Counter

import atimport
from staged.stage import Stage, staged


@staged(m="a = cue.play('a')")
def three_threads_one_unit(stage: Stage) -> None:
    """
    One runs it, two wait, all get the same object. On 3.15 the once-guard is ours: lazy objects have none.

    thread 1: m.a ─ runs a ─ (2 and 3 wait) ─ there it is
    thread 2: m.a ── waits ─────────────────┤
    thread 3: m.a ── waits ─────────────────┘
    """
    m = stage.module("m")

    def wants_a() -> object:
        return m.a

    def a() -> object:
        stage.signal(1)
        stage.until_blocked(2, "wants_a")
        stage.until_blocked(3, "wants_a")
        return object()

    stage.act("a", a)
    results = stage.perform(
        wants_a, lambda: (stage.wait_for(1), wants_a())[-1], lambda: (stage.wait_for(1), wants_a())[-1]
    )
    assert len(set(map(id, results))) == 1, results
    assert type(results[0]) is object
    stage.ended("a")


@staged(m="a = cue.play('a')\nb = a, cue.play('b')\nc = b, cue.play('c')\nd = a, c, cue.play('d')")
def six_threads_one_chain(stage: Stage) -> None:
    """
    Everybody comes at another end of a chain of dependencies; each statement runs once, whoever runs it.

    threads 1 to 6: m.d, m.c, m.b, m.a, m.d, m.c ─ all at once
    """
    m = stage.module("m")
    results = stage.perform(*(lambda name=name: getattr(m, name) for name in "dcbadc"))
    a = "a"
    b = (a, "b")
    c = (b, "c")
    d = (a, c, "d")
    assert results == [d, c, b, a, d, c], results
    stage.ended("a", "b", "c", "d")


@staged(m="a = cue.play('a')")
def error_in_the_winner(stage: Stage) -> None:
    """
    The unit fails for everybody: each waiter tries it itself, and gets an error of its own.

    thread 1: m.a ─ runs a ─ (2 and 3 wait) ─ fails
    thread 2: m.a ── waits ─────────────────┴ runs a ─ fails
    thread 3: m.a ── waits ─────────────────┴ (waits ─) runs a ─ fails
    """
    m = stage.module("m")

    def wants_a() -> object:
        return m.a

    def a() -> object:
        stage.signal(1)
        if stage.idents[1] == _ident():
            stage.until_blocked(2, "wants_a")
            stage.until_blocked(3, "wants_a")
        raise ValueError("no a")

    stage.act("a", a)
    results = stage.perform(
        wants_a, lambda: (stage.wait_for(1), wants_a())[-1], lambda: (stage.wait_for(1), wants_a())[-1]
    )
    assert [type(result) for result in results] == [ValueError] * 3, results
    assert len(set(map(id, results))) == 3, "an error belongs to one thread"
    for error in results:
        assert "deferred until `a` was touched from" in error.__notes__[0]  # type: ignore[attr-defined]
        assert len(error.__notes__) <= 2, error.__notes__  # type: ignore[attr-defined]
    assert atimport.pending(m) == ("a",)
    stage.ran(a=3)
    stage.ended()


@staged(m="a = cue.play('a')\nb = a, cue.play('b')")
def retry_by_the_loser(stage: Stage) -> None:
    """
    The winner fails, a waiter tries again and succeeds; what fails is a dependency of what was touched.

    thread 1: m.b ─ runs a ─ (2 waits) ─ fails
    thread 2: m.b ── waits for a ──────┴ runs a, runs b ─ there they are
    thread 3: m.a ── waits for a ──────┴ gets a
    """
    m = stage.module("m")
    failures = Counter[str]()

    def wants(name: str) -> object:
        return getattr(m, name)

    def a() -> object:
        stage.signal(1)
        if stage.idents[1] == _ident():
            stage.until_blocked(2, "wants")
            stage.until_blocked(3, "wants")
            failures["a"] += 1
            raise OSError("not now")
        return "a"

    stage.act("a", a)
    results = stage.perform(
        lambda: wants("b"), lambda: (stage.wait_for(1), wants("b"))[-1], lambda: (stage.wait_for(1), wants("a"))[-1]
    )
    assert type(results[0]) is OSError, results
    assert results[1:] == [("a", "b"), "a"], results
    assert failures["a"] == 1
    stage.ran(a=2, b=1)
    stage.ended("a", "b")


def _ident() -> int:
    import threading

    return threading.get_ident()
