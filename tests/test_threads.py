"""Threads: one slow name for many, errors for all, crossing units, units side by side."""

from __future__ import annotations

import os

import pytest

from fresh import Python


def test_eight_threads_touch_one_slow_name(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import threading, time
        from _trace import ran
        def slow():
            ran(5)
            for _ in range(20):
                time.sleep(0.005)
            return object()
        value = ran(9) or slow()
        other = ran(10) or 1
        def read():
            return value
        """,
    )
    python.deferred("""
        import threading, m
        start = threading.Barrier(8)
        seen = []
        def work(number):
            start.wait()
            seen.append(m.value if number % 2 else m.read())
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert len(seen) == 8 and len(set(map(id, seen))) == 1 and type(seen[0]) is object, seen
        assert LINES == [9, 5], LINES
        assert atimport.pending(m) == ("other",) or "value" not in atimport.pending(m)
    """)


def test_threads_that_fail_each_see_the_error(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nimport time\nvalue = time.sleep(0.01) or int('x')\n")
    python.deferred("""
        import threading, m
        start, errors = threading.Barrier(4), []
        def work():
            start.wait()
            try:
                m.value
            except ValueError as error:
                errors.append(error)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert len(errors) == 4 and "value" in atimport.pending(m)
    """)


def test_two_threads_two_modules_crossing(python: Python) -> None:
    """
    Each holds one unit and needs the other's: the partial-module behaviour of circular imports, never a hang.

    thread 1: one.a  -> (runs) barrier -> two.b
    thread 2: two.b  -> (runs) barrier -> one.a
    """
    for mine, other in (("one", "two"), ("two", "one")):
        python.write(
            f"{mine}.py",
            f"""
            __at_import__ = None
            import {other}, stage
            value = stage.meet() or getattr({other}, "value", None)
            """,
        )
    python.write(
        "stage.py",
        "import threading\nbarrier = threading.Barrier(2)\ndef meet():\n    try: barrier.wait(5)\n    except threading.BrokenBarrierError: pass\n",
    )
    found = python.deferred("""
        import threading, one, two
        def work(module):
            try:
                module.value
                print("value")
            except Exception as error:
                print(type(error).__name__)
        threads = [threading.Thread(target=work, args=(m,)) for m in (one, two)]
        for t in threads: t.start()
        for t in threads: t.join()
    """)
    assert len(found.lines) == 2


def test_unrelated_units_run_in_parallel(python: Python) -> None:
    """Both units wait for each other: with one lock for all, the barrier would break."""
    python.write("m.py", "__at_import__ = None\nimport stage\na = stage.meet()\nb = stage.meet()\n")
    python.write(
        "stage.py",
        "import threading\nbarrier = threading.Barrier(2, timeout=20)\ndef meet():\n    return barrier.wait() >= 0\n",
    )
    python.deferred("""
        import threading, m
        m.stage
        results = []
        threads = [threading.Thread(target=lambda name=name: results.append(getattr(m, name))) for name in "ab"]
        for t in threads: t.start()
        for t in threads: t.join()
        assert results == [True, True], results
    """)


def test_many_threads_defer_their_first_modules_at_once(python: Python) -> None:
    """What notices touches is put in place by the first of them; the others wait for it."""
    for number in range(8):
        python.write(f"r{number}.py", "__at_import__ = None\nvalue = len('abc')\n")
    for _ in range(10):
        python.deferred("""
            import importlib, sys, threading
            sys.setswitchinterval(1e-6)
            start = threading.Barrier(8)
            problems = []
            def work(number):
                start.wait()
                try:
                    assert getattr(importlib.import_module(f"r{number}"), "value") == 3
                except BaseException as error:
                    problems.append(error)
            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            assert not problems, problems
        """)


def test_a_unit_that_waits_for_its_own_threads(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import threading
        from concurrent.futures import ThreadPoolExecutor
        log = []
        def note(what):
            log.append(what)
        def work(what):
            note(what)
            return what
        def by_thread():
            thread = threading.Thread(target=work, args=("d",))
            thread.start()
            thread.join()
            return "d"
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(work, "a").result()
        second = by_thread()
        count = len(log)
        """,
    )
    python.deferred("""
        import m
        assert "count" in atimport.pending(m)
        assert m.count == 2, m.count
        assert (m.first, m.second) == ("a", "d")
        assert m.log == ["a", "d"]
    """)


def test_a_thread_that_began_later_waits_for_the_end(python: Python) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        from _trace import ran
        def slow():
            ran(5)
            time.sleep(1.5) # longer than a unit may seem to wait for its own threads
            return "done"
        value = "begun"
        value = slow()
        def read():
            return value
        """,
    )
    python.deferred("""
        import sys, threading, m
        read, seen = m.read, []
        owner = threading.Thread(target=lambda: m.value)
        owner.start()
        while not LINES: pass
        for work in (lambda: seen.append(m.value), lambda: seen.append(read())):
            threading.Thread(target=work).start()
        for thread in threading.enumerate():
            if thread is not threading.current_thread(): thread.join()
        if sys.version_info < (3, 15):
            assert seen == ["done", "done"], seen
        else:
            # functions may see what is bound so far (spec/deviations.md)
            assert seen.count("done") >= 1 and set(seen) <= {"done", "begun"}, seen
    """)


def test_units_begin_while_threads_come_and_go(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\n" + "".join(f"x{n} = [{n}]\n" for n in range(300)))
    python.deferred("""
        import threading, m
        ended = threading.Event()
        def busy():
            while not ended.is_set():
                threading.Thread(target=int).start()
        threads = [threading.Thread(target=busy) for _ in range(3)]
        for t in threads: t.start()
        values = [getattr(m, f"x{n}") for n in range(300)]
        ended.set()
        for t in threads: t.join()
        assert values == [[n] for n in range(300)]
    """)


@pytest.mark.parametrize(
    "take",
    ["sys._current_frames()[owner.ident].f_globals", "read.__globals__", "vars(m)", "dir(m)", "m.__dict__.copy()"],
)
def test_another_thread_takes_the_namespace_while_a_unit_runs(python: Python, take: str) -> None:
    python.write(
        "m.py",
        """
        __at_import__ = None
        import time
        from _trace import ran
        def slow():
            ran(5)
            time.sleep(0.2)
            return "done"
        value = "begun"
        early = value, slow()
        value = early[1]
        other = [ran(11)]
        def read():
            return value
        """,
    )
    python.deferred(f"""
        import sys, threading, m
        read, seen = m.read, []
        owner = threading.Thread(target=lambda: m.value)
        owner.start()
        while not LINES: pass
        def work():
            {take}
            seen.append(m.value)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        owner.join()
        assert seen == ["done"] and m.value == read() == "done", (seen, m.value, read())
        assert m.early == ("begun", "done") and m.other == [None], (m.early, m.other)
    """)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks: a fresh start of the interpreter each time takes a minute")
@pytest.mark.parametrize("bind", ["me.__dict__['x'] = 1", "vars(me)['x'] = 1", "sys._getframe().f_globals['x'] = 1"])
def test_threads_touch_what_a_unit_stores_into_the_namespace(python: Python, bind: str) -> None:
    python.write("m.py", f"__at_import__ = None\nimport sys, m as me\n{bind}\nother = [3]\n")
    python.deferred("""
        import os, sys
        from concurrent.futures import ThreadPoolExecutor
        def seen():
            import m
            with ThreadPoolExecutor(3) as pool:
                return list(pool.map(lambda _: getattr(m, "x", "nothing"), range(6)))
        sys.setswitchinterval(1e-6)
        for turn in range(200):
            child = os.fork()
            if not child:
                os._exit(seen() != [1] * 6)
            assert os.waitpid(child, 0)[1] == 0, turn
    """)
