"""Deferred code that is entered from where Python runs code unasked: collectors, signals, hooks, tracers, during resolution."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

MODULE = """
    __at_import__ = None
    import acts
    a = acts.play("a")
    b = acts.play("b")
    c = acts.play("c")
    d = a, c, acts.play("d")
    def read():
        return a, b, c, d
"""
ACTS = """
    from collections import Counter
    todo, ran = {}, Counter()
    def play(label):
        act = todo.get(label)
        if act: act()
        ran[label] += 1
        return label
"""
#: All is there in the end, each statement ran once, and the module is an ordinary one.
END = """
assert m.read() == ("a", "b", "c", ("a", "c", "d")), m.read()
assert set(acts.ran.values()) == {1}, acts.ran
assert atimport.pending(m) == () and all(type(key) is str for key in vars(m))
"""


@pytest.fixture
def staged(python: Python) -> Python:
    python.write("m.py", MODULE)
    python.write("acts.py", ACTS)
    return python


def play(staged: Python, code: str) -> None:
    """Run `code`, which resolves `m` in some way, then `END`; `m.acts` has been touched."""
    staged.deferred(f"import gc, sys, threading, m\nacts = m.acts\n{code}\n{END}")


def test_del_during_a_unit(staged: Python) -> None:
    """Finalisers that touch the name of the running unit, and those of others."""
    play(
        staged,
        """
seen = {}
class Dies:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        try:
            seen[self.name] = getattr(m, self.name)
        except (AttributeError, ImportError, atimport.DeferredExecutionError):
            seen[self.name] = None
def act():
    for name in "abc":
        Dies(name)
acts.todo["b"] = act
assert m.b == "b"
assert seen == {"a": "a", "b": None, "c": "c"}, seen
""",
    )


def test_collector_callbacks_and_cycles(staged: Python) -> None:
    """A collection in each statement and between them; its callbacks, weak references' and finalisers touch names."""
    play(
        staged,
        """
import weakref
seen = []
def look(*_):
    for name in "abcd":
        try:
            seen.append(getattr(m, name))
        except (AttributeError, ImportError, atimport.DeferredExecutionError):
            seen.append(None)
class Node:
    pass
def garbage():
    node = Node()
    node.me = node
    refs.append(weakref.ref(node, look))
    del node
    gc.collect()
refs = []
gc.callbacks.append(look)
for name in "abc":
    acts.todo[name] = garbage
gc.collect()
m.d
m.b
gc.callbacks.clear()
assert {"a", "b", "c", ("a", "c", "d")} <= set(seen), set(seen)
""",
    )


def test_a_collection_at_every_allocation(staged: Python) -> None:
    """The collector runs wherever it can, also in our own steps, and the finalisers that it runs touch names."""
    play(
        staged,
        """
seen = []
class Node:
    def __init__(self): self.me = self
    def __del__(self):
        try:
            seen.append(m.c)
        except (AttributeError, ImportError, atimport.DeferredExecutionError) as error:
            seen.append(type(error).__name__)
        if len(seen) < 300: Node()
gc.set_threshold(1, 1, 1)
for _ in range(20): Node()
m.d
m.read()
vars(m)
gc.set_threshold(700, 10, 10)
assert seen
""",
    )


@pytest.mark.parametrize("how", ["settrace", "setprofile"])
def test_tracers_touch_names(staged: Python, how: str) -> None:
    """A trace or profile function that touches the names that are being resolved, at every event."""
    play(
        staged,
        f"""
events = set()
def tracer(frame, event, argument):
    if frame.f_code.co_filename.endswith("m.py"):
        events.add(event)
        for name in ("b", "a", "d"):
            try:
                getattr(m, name)
            except (AttributeError, ImportError, atimport.DeferredExecutionError):
                pass
    return tracer
sys.{how}(tracer)
m.a
m.read()
sys.{how}(None)
assert "call" in events, events
""",
    )


def test_audit_hooks_touch_names(staged: Python) -> None:
    """Of the unit that is about to run, and of others."""
    play(
        staged,
        """
seen = []
def hook(event, arguments):
    if event == "atimport.execute":
        seen.append(arguments[1])
        for name in ("a", "c"):
            try:
                getattr(m, name)
            except (AttributeError, ImportError, atimport.DeferredExecutionError):
                pass
sys.addaudithook(hook)
m.d
m.b
assert len(seen) >= 3, seen
""",
    )


def test_signal_handlers_touch_names_of_the_running_unit(staged: Python) -> None:
    """The handler runs in the thread that runs the unit: what is not bound by then is not there, as in an import."""
    play(
        staged,
        """
import signal
seen = {}
def handler(number, frame):
    for name in "abcd":
        try:
            seen[name] = getattr(m, name)
        except (AttributeError, ImportError, atimport.DeferredExecutionError):
            seen[name] = None
signal.signal(signal.SIGUSR1, handler)
acts.todo["c"] = lambda: signal.raise_signal(signal.SIGUSR1)
assert m.c == "c"
assert seen == {"a": "a", "b": "b", "c": None, "d": None}, seen
""",
    )


def test_ctrl_c_leaves_a_unit_pending(staged: Python) -> None:
    """At each statement of a chain in turn; nothing half bound is seen, and the next touch goes on."""
    play(
        staged,
        """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("a", "c", "d"):
    acts.todo[name] = lambda name=name: (acts.todo.pop(name), signal.raise_signal(signal.SIGINT))
    try:
        m.d
    except KeyboardInterrupt as error:
        assert "deferred until" in error.__notes__[0]
    else:
        raise AssertionError("no interrupt")
    assert name in atimport.pending(m), (name, atimport.pending(m))
""",
    )


def test_an_exception_set_in_another_thread(staged: Python) -> None:
    """`PyThreadState_SetAsyncExc` in the thread that runs a unit, while another waits for it."""
    play(
        staged,
        """
import ctypes, time
class Stop(BaseException): pass
begun, results = threading.Event(), []
def act():
    if len(begun_by) == 0:
        begun_by.append(threading.get_ident())
        begun.set()
        while True: time.sleep(0.001)
begun_by = []
acts.todo["a"] = act
def work():
    try:
        results.append(m.a)
    except Stop as error:
        results.append(error)
first = threading.Thread(target=work)
first.start()
begun.wait()
second = threading.Thread(target=work)
second.start()
time.sleep(0.02)
ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(begun_by[0]), ctypes.py_object(Stop))
first.join()
second.join()
assert sorted(type(result).__name__ for result in results) == ["Stop", "str"], results
""",
    )


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="lazy objects show then (spec/deviations.md)")
def test_finalisers_in_a_module_that_is_garbage(python: Python) -> None:
    """Nobody has the module but itself; its objects' finalisers see all of it, and no placeholder, and one of them keeps it."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        import sys
        class Dies:
            def __del__(self):
                kept.append((me, me.other, dict(vars(me))))
        me = sys.modules[__name__]
        kept = sys.kept
        dies = Dies()
        other = len("abc")
        late = len("abcd")
        """,
    )
    python.deferred("""
        import gc, sys
        sys.kept = []
        import m
        m.dies, m.me, m.kept
        del sys.modules["m"], m
        gc.collect()
        (m, other, names), = sys.kept
        assert other == 3 and names["late"] == 4
        assert all(type(key) is str for key in names), names
        assert not [value for value in names.values() if repr(value) == "<pending>" or type(value).__name__ == "LazyImportType"]
        assert m.late == 4 and atimport.pending(m) == ()
    """)
