"""
The eight safety points for native code that lets go of the interpreter's lock, of ITK's pull request #6022.

Ours lets go of it in two places: a thread that waits for a unit, and reads of files. The eighth point, 200 cycles of creating
and destroying on 4 threads, stands in `test_soak`; the second half of the seventh, circles of waiting, in `test_staged`.
"""

from __future__ import annotations

from fresh import Python

MODULE = "__at_import__ = None\nimport calls\n" + "".join(f"v{n} = calls.back({n})\n" for n in range(40))
CALLS = """
    import threading
    todo = None
    ran = []
    def back(number):
        ran.append(number)
        return todo(number) if todo else number
"""


def run(python: Python, code: str) -> None:
    """Run `code` with a module `m` of forty units, each of which calls ``calls.todo(number)``."""
    python.write("m.py", MODULE)
    python.write("calls.py", CALLS)
    python.deferred(
        f"import faulthandler, gc, sys, threading, time, m\nfaulthandler.dump_traceback_later(40, exit=True)\ncalls = m.calls\n{code}"
    )


def test_1_callbacks(python: Python) -> None:
    """Native code that calls Python has the lock: what it calls may do anything, also resolve and import."""
    run(
        python,
        """
calls.todo = lambda number: (number, m.v1 if number == 0 else None, __import__("json").dumps(number))
assert m.v0 == (0, (1, None, "1"), "0")
""",
    )


def test_2_concurrent_callbacks(python: Python) -> None:
    """Four threads, each in a chain of callbacks that goes through other units, and waits for the others'."""
    run(
        python,
        """
calls.todo = lambda number: (number, getattr(m, f"v{number + 1}") if number % 10 < 9 else None)
results = {}
def work(thread):
    results[thread] = getattr(m, f"v{thread * 10}")
threads = [threading.Thread(target=work, args=(n % 4,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sorted(calls.ran) == list(range(40)), calls.ran
for thread in range(4):
    value, depth = results[thread], 0
    while value: (number, value), depth = value, depth + 1
    assert depth == 10, (thread, depth)
""",
    )


def test_3_exceptions(python: Python) -> None:
    """Through the wait, in one thread and in four: the right one, in each thread its own, and nothing is left behind."""
    run(
        python,
        """
def fail(number):
    time.sleep(0.001)
    raise LookupError(number, threading.get_ident())
calls.todo = fail
try:
    m.v0
except LookupError as error:
    assert error.args == (0, threading.get_ident()) and type(error) is LookupError
    assert error.__traceback__.tb_next.tb_frame.f_code.co_filename.endswith("m.py")
found = []
def work():
    for number in range(20):
        try:
            getattr(m, f"v{number}")
        except LookupError as error:
            found.append(error.args == (number, threading.get_ident()))
            assert sys.exception() is error if sys.version_info >= (3, 11) else True
        assert sys.exc_info() == (None, None, None)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [True] * 80, found
calls.todo = None
assert [getattr(m, f"v{number}") for number in range(40)] == list(range(40))
""",
    )


def test_4_destruction(python: Python) -> None:
    """Values, errors and the module itself are dropped by one thread while others wait; each finaliser runs once, attached."""
    run(
        python,
        """
import weakref
dead = []
class Value:
    def __init__(self, number): self.number = number
    def __del__(self): dead.append((self.number, threading.get_ident()))
calls.todo = Value
def work():
    for number in range(40):
        getattr(module(), f"v{number}").number
module = weakref.ref(m)
keep = [m]
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
del m, sys.modules["m"]
keep.clear()
gc.collect()
assert module() is None
assert sorted(number for number, _ in dead) == list(range(40)), dead
""",
    )


def test_5_parallel_work_on_separate_objects(python: Python) -> None:
    """Four modules, one thread each: all four are in a unit at the same time, and no value strays."""
    for number in range(4):
        python.write(f"m{number}.py", f"__at_import__ = None\nimport meet\nvalue = meet.all_four({number})\n")
    python.write(
        "meet.py",
        """
        import threading
        barrier = threading.Barrier(4, timeout=30)
        def all_four(number):
            barrier.wait()
            return number
        """,
    )
    run(
        python,
        """
import importlib
modules = [importlib.import_module(f"m{number}") for number in range(4)]
for module in modules: module.meet
results = {}
threads = [threading.Thread(target=lambda n=n: results.update({n: modules[n].value})) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert results == {n: n for n in range(4)}, results
""",
    )


def test_6_signals_while_detached(python: Python) -> None:
    """SIGUSR1 and SIGINT reach a main thread that waits, within a slice or two, and not only when the wait is over."""
    run(
        python,
        """
import signal
begun, go, handled = threading.Event(), threading.Event(), []
calls.todo = lambda number: (begun.set(), go.wait(30))[-1]
thread = threading.Thread(target=lambda: m.v0)
thread.start()
begun.wait()
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGUSR1, lambda *_: handled.append("usr1"))
threading.Timer(0.05, signal.pthread_kill, (threading.get_ident(), signal.SIGUSR1)).start()
threading.Timer(0.15, signal.pthread_kill, (threading.get_ident(), signal.SIGINT)).start()
try:
    m.v0
except KeyboardInterrupt:
    assert handled == ["usr1"] and not go.is_set()
else:
    raise AssertionError("waited to the end")
go.set()
assert m.v0 is True
thread.join()
assert calls.ran == [0]
""",
    )


def test_7_no_lock_is_held_while_python_runs(python: Python) -> None:
    """
    Every callback waits until three other threads have done all kinds of things with the same module: whatever lock was held
    would be wanted by one of them.
    """
    run(
        python,
        """
def others(number):
    if number: return number
    done = []
    ways = (
        lambda: getattr(m, "v7"), lambda: atimport.pending(m), lambda: setattr(m, "extra", 1), lambda: hasattr(m, "absent"),
        lambda: atimport.resolve("m.v9"), lambda: atimport.counts(), lambda: atimport.is_deferred(m),
        lambda: __import__("fresh_one").x, lambda: atimport.overrides.decide("m"), gc.collect,
        lambda: delattr(m, "v20"), lambda: atimport.stats(),
    )
    threads = [threading.Thread(target=lambda way=way: (way(), done.append(way))) for way in ways]
    for thread in threads: thread.start()
    for thread in threads: thread.join(10)
    return len(done)
calls.todo = others
open("fresh_one.py", "w").write("__at_import__ = None\\nx = len('abc')\\n")
assert m.v0 == 12, m.v0
assert (m.v7, m.extra, m.v9) == (7, 1, 9) and not hasattr(m, "v20")
""",
    )
