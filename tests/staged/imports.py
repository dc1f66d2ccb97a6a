"""Our claims against importlib's module locks, in both orders: importlib can't see our waits, so we look at its."""

from __future__ import annotations

import importlib

import atimport
from staged.stage import Stage, like, staged

UNIT = "u = cue.play('u')"
IMPORTED = "# eager\nx = 1\ncue.play('b')\ny = 2"


@staged(a=UNIT, b=IMPORTED)
def the_import_waits_first(stage: Stage) -> None:
    """
    The wait for the claim comes first, the one for the lock closes the circle, unseen by importlib: our waiter notices.

    thread 1: a.u ─ runs u ─ 1 ─ (2 waits for u) ─ import b ── waits for the lock of b
    thread 2: wait 1 ─ import b (holds its lock) ─ likes a.u ── waits ─ is told that u is not there yet
    """
    a = stage.module("a")
    likes = []

    def likes_u() -> None:
        likes.append(like(a, "u", "not yet"))

    stage.act("u", lambda: (stage.signal(1), stage.until_blocked(2, "like"), importlib.import_module("b").y)[-1])
    stage.act("b", likes_u)
    results = stage.perform(lambda: a.u, lambda: (stage.wait_for(1), importlib.import_module("b").x)[-1])
    assert results == [2, 1], results
    assert likes == ["not yet"], likes
    stage.ended("u", "b")


@staged(a=UNIT, b=IMPORTED)
def the_unit_waits_first(stage: Stage) -> None:
    """
    The wait for the lock comes first: the claim is not waited for at all.

    thread 1: a.u ─ runs u ─ wait 2 ─ import b ── waits for the lock of b ─────────────────────┐
    thread 2: wait 1 ─ import b (holds its lock) ─ 2 ─ (1 waits in importlib) ─ likes a.u ─ is told
    """
    a = stage.module("a")
    likes = []

    def b() -> None:
        stage.signal(2)
        stage.until_blocked(1, "acquire")
        likes.append(like(a, "u", "not yet"))

    stage.act("u", lambda: (stage.signal(1), stage.wait_for(2), importlib.import_module("b").y)[-1])
    stage.act("b", b)
    results = stage.perform(lambda: a.u, lambda: (stage.wait_for(1), importlib.import_module("b").x)[-1])
    assert results == [2, 1], results
    assert likes == ["not yet"], likes
    stage.ended("u", "b")


@staged(a=UNIT, b="# eager\ncue.play('b')\nfrom a import u")
def the_import_needs_the_name(stage: Stage) -> None:
    """
    As before, and the name is needed: the import fails with the error of a circular import, which names the circle.

    thread 1: a.u ─ runs u ─ 1 ─ wait 2 ─ import b ── waits for the lock of b ─ imports b itself: a circle of its own
    thread 2: wait 1 ─ import b (holds its lock) ─ 2 ─ (1 waits in importlib) ─ from a import u ─ ImportError
    """
    a = stage.module("a")
    stage.act("u", lambda: (stage.signal(1), stage.wait_for(2), importlib.import_module("b").u)[-1])

    def b() -> None:
        # thread 1 imports b as soon as its lock is free, and then nobody is there to wait for
        stage.act("b", lambda: None)
        stage.signal(2)
        stage.until_blocked(1, "acquire")

    stage.act("b", b)
    stage_2 = stage.perform(lambda: a.u, lambda: (stage.wait_for(1), importlib.import_module("b"))[-1])
    error = stage_2[1]
    assert isinstance(error, ImportError), stage_2
    assert not isinstance(error, ModuleNotFoundError)
    told = "cannot import name 'u' from partially initialized module 'a' (this thread waits for `a.u`, which thread 2 runs; "
    assert str(error).startswith(told), error
    assert "thread 2 waits for the import of `b`, which this thread runs" in str(error), error
    # thread 1 imports b itself then, in the middle of u, which it does not find either
    assert isinstance(stage_2[0], ImportError), stage_2
    assert atimport.pending(a) == ("u",)
    stage.act("u", lambda: "u")
    assert importlib.import_module("b").u == "u"


@staged(a="u = cue.play('u')\nv = cue.play('v')", b=IMPORTED)
def through_a_third_thread(stage: Stage) -> None:
    """
    A circle of two claims and a lock: whichever waiter looks first is told, and only that one.

    thread 1: import b (holds its lock) ─ 1 ─ (2 waits) ─ likes a.u ── waits
    thread 2: wait 1 ─ a.u ─ runs u ─ 2 ─ wait 3 ─ likes a.v ── waits
    thread 3: wait 2 ─ a.v ─ runs v ─ 3 ─ import b ── waits for the lock of b
    """
    a = stage.module("a")

    def likes_v() -> object:
        return like(a, "v", "no v")

    def b() -> object:
        stage.signal(1)
        stage.wait_for(3)
        stage.until_blocked(2, "like")
        stage.until_blocked(3, "acquire")
        return likes.append(like(a, "u", "no u"))

    likes: list[object] = []
    stage.act("b", b)
    stage.act("u", lambda: (stage.signal(2), stage.wait_for(3), ("u", likes_v()))[-1])
    stage.act("v", lambda: (stage.signal(3), ("v", importlib.import_module("b").y))[-1])
    results = stage.perform(
        lambda: importlib.import_module("b").x,
        lambda: (stage.wait_for(1), a.u)[-1],
        lambda: (stage.wait_for(2), a.v)[-1],
    )
    without_u = [1, ("u", ("v", 2)), ("v", 2)]
    without_v = [1, ("u", "no v"), ("v", 2)]
    assert (results, likes) in ((without_u, ["no u"]), (without_v, [("u", "no v")])), (results, likes)
    stage.ended("b", "u", "v")


@staged(a=UNIT, b="# eager\nx = 1\ncue.play('b')\ny = 2", c="z = cue.play('z')")
def an_import_that_is_only_slow(stage: Stage) -> None:
    """
    No circle: a unit and an import wait for the same module, which needs a unit that somebody runs.

    thread 1: import b (holds its lock) ─ 1 ─ (2 waits in importlib) ─ wait 2 ─ needs c.z ── waits ─ gets it
    thread 2: wait 1 ─ a.u ─ runs u ─ import b ── waits for the lock of b ─ gets it
    thread 3: wait 1 ─ c.z ─ runs z ─ 2 ─ (1 waits) ─ there it is
    """
    a, c = stage.module("a"), stage.module("c")

    def needs_z() -> object:
        return c.z

    stage.act("b", lambda: (stage.signal(1), stage.until_blocked(2, "acquire"), stage.wait_for(2), needs_z())[-1])
    stage.act("u", lambda: importlib.import_module("b").y)
    stage.act("z", lambda: (stage.signal(2), stage.until_blocked(1, "needs_z"), "z")[-1])
    results = stage.perform(
        lambda: importlib.import_module("b").x,
        lambda: (stage.wait_for(1), a.u)[-1],
        lambda: (stage.wait_for(1), c.z)[-1],
    )
    assert results == [1, 2, "z"], results
    stage.ended("b", "u", "z")
