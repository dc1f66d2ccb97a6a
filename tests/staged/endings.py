"""Modules that are taken away, or resolved as a whole, while threads are at them."""

from __future__ import annotations

import gc
import sys
import weakref

import atimport
from staged.stage import Stage, staged

THREE = "a = cue.play('a')\nb = cue.play('b')\nc = a, b, cue.play('c')\ndef f():\n    return c\n"


@staged(m=THREE)
def everything_at_once(stage: Stage) -> None:
    """
    One name, the whole namespace, `resolve`, a function of the module and a star import, all at once.

    threads 1 to 5: m.c │ vars(m) │ atimport.resolve("m") │ m.f() │ from m import *
    """
    m = stage.module("m")

    def star() -> object:
        namespace: dict[str, object] = {}
        exec("from m import *", namespace)
        return namespace["c"]

    results = stage.perform(
        lambda: m.c, lambda: vars(m)["c"], lambda: not atimport.resolve("m").errors, lambda: m.f(), star
    )
    c = ("a", "b", "c")
    assert results == [c, c, True, c, c], results
    assert atimport.pending(m) == ()
    assert [key for key in vars(m) if type(key) is not str] == []
    stage.ended("a", "b", "c")


@staged(m=THREE)
def the_module_goes_while_it_is_resolved(stage: Stage) -> None:
    """
    Nobody but the running unit has the module any more; it ends all the same, and then all is freed.

    thread 1: m.c ─ runs a ─ 1 ─ wait 2 ─ runs b, runs c ─ gets it
    thread 2: wait 1 ─ del sys.modules["m"], collects ─ 2
    """
    held = [stage.module("m")]
    gone = weakref.ref(held[0])

    def wants_c() -> object:
        return held.pop().c

    def forget() -> None:
        stage.wait_for(1)
        del sys.modules["m"]
        gc.collect(0)
        stage.signal(2)

    stage.act("a", lambda: (stage.signal(1), stage.wait_for(2), "a")[-1])
    results = stage.perform(wants_c, forget)
    assert results == [("a", "b", "c"), None], results
    stage.ended("a", "b", "c")
    gc.collect()
    assert gone() is None


@staged(m=THREE)
def two_executions_of_one_module(stage: Stage) -> None:
    """
    The module is imported again while its first execution is being resolved: each has units of its own.

    thread 1: m.c ─ runs a ─ 1 ─ wait 2 ─ runs b, runs c
    thread 2: wait 1 ─ del sys.modules["m"] ─ import m ─ m.c ─ runs a, b, c ─ 2
    """
    first = stage.module("m")
    others: list[object] = []

    def again() -> object:
        stage.wait_for(1)
        stage.act("a", lambda: "a")
        del sys.modules["m"]
        second = stage.module("m")
        others.append(second)
        value = second.c
        stage.signal(2)
        return value

    stage.act("a", lambda: (stage.signal(1), stage.wait_for(2), "a")[-1])
    results = stage.perform(lambda: first.c, again)
    assert results == [("a", "b", "c"), ("a", "b", "c")], results
    assert others[0] is not first
    for name in "abc":
        assert name in vars(first)
