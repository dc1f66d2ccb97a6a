"""Other processes: fork while threads resolve, spawn and forkserver, what a child inherits, sub-interpreters, the end."""

from __future__ import annotations

import sys

import pytest

from fresh import Python

#: A module whose unit `slow` runs until somebody says so, and one whose unit imports another that does.
STAGE = """
    import os, threading
    begun, go = threading.Event(), threading.Event()
    home = os.getpid()
    def slow(value="slow"):
        if os.getpid() == home:
            begun.set()
            assert go.wait(30)
        return value
"""
MODULE = """
    __at_import__ = None
    import stage
    first = len("abc")
    half, slow = first + 1, stage.slow()
    after = slow + "er"
    other = len("other")
    def read():
        return slow
"""

#: Forks while a thread runs `touch`, runs `child` in the child, and reports what it raised.
FORK = """
    import faulthandler, os, signal, sys, threading, traceback
    faulthandler.dump_traceback_later(40, exit=True)
    import stage
    def touch():
        {touch}
    def child():
        {child}
    {before}
    thread = threading.Thread(target=touch)
    thread.start()
    assert stage.begun.wait(30)
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)        # faulthandler's watchdog would wait for the parent's
        try:
            child()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    stage.go.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0, status
    {after}
"""


def fork(python: Python, *, touch: str, child: str, before: str = "pass", after: str = "pass") -> None:
    """Run `FORK`; forking a process that has threads is what this is about, and 3.12 and newer warn of it."""
    python.write("stage.py", STAGE)
    joined = {name: text.replace("\n", "\n        ") for name, text in (("touch", touch), ("child", child))}
    code = FORK.format(**joined, before=before.replace("\n", "\n    "), after=after)
    python.deferred(code, warnings="default")


def test_a_child_resolves_what_a_gone_thread_was_running(python: Python) -> None:
    """The claim is void in the child, what was half bound is gone, and the statements run there: the whole unit, once."""
    python.write("m.py", MODULE)
    fork(
        python,
        touch="m.slow",
        before="import m\nassert m.other == 5",
        child="""
assert type(m) is type(sys)
assert set(atimport.pending(m)) >= {"half", "slow", "after", "read"}, atimport.pending(m)
assert "first" not in atimport.pending(m)
assert (m.after, m.half, m.read()) == ("slower", 4, "slow")
assert atimport.pending(m) == () and type(m) is type(sys)
assert all(type(key) is str for key in vars(m))
""",
        after='assert (m.after, m.half, m.read()) == ("slower", 4, "slow")',
    )


def test_a_child_is_not_kept_from_waiting_by_a_lock_of_the_parent(python: Python) -> None:
    """
    Threads that wait in the parent hold a lock of ours most of the time; two hundred forks meet them everywhere.

    parent: one thread runs `slow`, three wait for it, forks. child: two threads resolve, so that one waits.
    """
    python.write("m.py", MODULE.replace("stage.slow()", "stage.slow() or 1"))
    python.write("stage.py", STAGE)
    python.deferred(
        """
        import faulthandler, os, signal, threading
        faulthandler.dump_traceback_later(50, exit=True)
        import m, stage
        threads = [threading.Thread(target=lambda: m.slow) for _ in range(4)]
        for thread in threads: thread.start()
        assert stage.begun.wait(30)
        def resolve():
            seen.append(m.after)
        for number in range(200):
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)
                seen = []
                workers = [threading.Thread(target=resolve) for _ in range(2)]
                for worker in workers: worker.start()
                for worker in workers: worker.join()
                os._exit(0 if seen == ["slower"] * 2 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, number
        stage.go.set()
        for thread in threads: thread.join()
        assert m.after == "slower"
        """,
        warnings="default",
    )


def test_a_child_imports_what_a_gone_thread_was_importing(python: Python) -> None:
    """In the parent the unit's thread holds the module lock of `heavy`, for ever as far as the child can see."""
    python.write("m.py", "__at_import__ = None\nimport heavy\nfrom heavy import part\n")
    python.write("heavy.py", "import stage\nearly = 1\nstage.slow()\npart = 'part'\n")
    fork(
        python,
        touch="m.part",
        before="import m",
        child="assert m.part == 'part' and m.heavy.early == 1 and sys.modules['heavy'] is m.heavy",
        after="assert m.part == 'part'",
    )


def test_a_child_that_forks_within_a_unit_goes_on(python: Python) -> None:
    """The thread that forks keeps its claims; its unit ends in both processes."""
    python.write(
        "m.py", "__at_import__ = None\nimport forking\npid = forking.fork()\nother = len('abc')\nboth = pid, other\n"
    )
    python.write("forking.py", "import os\ndef fork():\n    return os.fork()\n")
    found = python.deferred(
        """
        import os, m
        both = m.both
        assert both == (m.pid, 3) and atimport.pending(m) == ()
        assert all(type(key) is str for key in vars(m))
        if m.pid == 0:
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(m.pid, 0)[1]) == 0
        print("parent")
        """
    )
    assert found.lines == ["parent"]


def test_numbers_of_threads_are_used_again(python: Python) -> None:
    """A thread of the child with the number of one that was importing is not taken for it."""
    python.write("m.py", "__at_import__ = None\nimport stage\nvalue = len('abc')\nstage.slow()\n")
    fork(
        python,
        touch="import m",
        child="""
idents, results = set(), []
def look():
    idents.add(threading.get_ident())
    results.append(sys.modules["m"].value)
for _ in range(50):
    worker = threading.Thread(target=look)
    worker.start()
    worker.join()
assert results == [3] * 50, results
assert vars(sys.modules["m"])["value"] == 3
""",
        after="import m; assert m.value == 3",
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(python: Python, method: str) -> None:
    """A pool by each start method, deferred modules on both sides; the loader itself pins no start method."""
    python.write(
        "work.py",
        "__at_import__ = None\nimport math\nfactor = math.floor(2.5)\ndef double(x):\n    return factor * x\n",
    )
    python.write(
        "main.py",
        f"""
        import atimport
        atimport.install()
        import work
        if __name__ == "__main__":
            import multiprocessing
            assert multiprocessing.get_start_method(allow_none=True) is None
            context = multiprocessing.get_context({method!r})
            with context.Pool(2) as pool:
                assert pool.map(work.double, range(4)) == [0, 2, 4, 6]
            print("done")
        """,
    )
    assert python.start("main.py").lines == ["done"]


def test_nothing_of_ours_imports_multiprocessing(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nvalue = len('abc')\n")
    python.deferred("""
        import sys, m
        m.value, vars(m), atimport.resolve("*"), atimport.explain("m")
        assert "multiprocessing" not in sys.modules
    """)


# --- the end --------------------------------------------------------------------------------------------------------

ENDLESS = """
    import threading, time
    begun = threading.Event()
    def endless():
        begun.set()
        while True:
            time.sleep(0.0005)
"""


@pytest.mark.parametrize(
    ("source", "work"),
    [
        ("__at_import__ = None\nimport endless\nvalue = endless.endless()\n", "import m; m.value"),
        ("__at_import__ = None\nimport endless\nvalue = len('x')\nendless.endless()\n", "import m"),
        ("import endless\nendless.endless()\n", "import m"),
        ("__at_import__ = None\nimport endless\nvalue = endless.endless()\n", "import m; vars(m)"),
        ("__at_import__ = None\nimport endless\nvalue = endless.endless()\n", "import m; atimport.resolve('m')"),
        ("__at_import__ = None\nimport endless\nvalue = endless.endless()\n", "from m import value"),
    ],
    ids=["unit", "prelude", "eager", "namespace", "resolve", "from"],
)
def test_the_program_ends_while_daemon_threads_resolve(python: Python, source: str, work: str) -> None:
    """One thread is in the code and the others wait for it; before 3.14 they were ended by unwinding their stacks."""
    python.write("m.py", source)
    python.write("endless.py", ENDLESS)
    found = python.deferred(f"""
        import endless, threading, time
        def work():
            {work}
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        assert endless.begun.wait(30)
        time.sleep(0.03)
        print("end")
    """)
    assert (found.lines, found.err) == (["end"], "")


def test_the_program_ends_while_threads_resolve(python: Python) -> None:
    """Threads that are no daemons are waited for, and end what they do, units and imports."""
    python.write(
        "m.py", "__at_import__ = None\nimport time\nimport stage_of\nvalue = time.sleep(0.05) or stage_of.one\n"
    )
    python.write("stage_of.py", "__at_import__ = None\nimport time\none = time.sleep(0.02) or 1\n")
    found = python.deferred("""
        import threading, m
        for _ in range(3):
            threading.Thread(target=lambda: print(m.value, flush=True)).start()
    """)
    assert (found.lines, found.err) == (["1"] * 3, "")


def test_touches_from_atexit(python: Python) -> None:
    python.write("m.py", "__at_import__ = None\nimport json\nvalue = json.dumps([1])\n")
    found = python.deferred("""
        import atexit, m
        atexit.register(lambda: print(m.value, flush=True))
    """)
    assert (found.lines, found.err) == (["[1]"], "")


def test_touches_from_del_at_the_end(python: Python) -> None:
    """
    While modules are taken down, a name is there, or fails as Python's own do then; nothing crashes.

    Three objects die at different times: when `__main__` is cleared, when `m` is, and in a circle of garbage.
    """
    python.write(
        "m.py",
        """
        __at_import__ = None
        import json
        from keeper import Keeper
        value = json.dumps([1])
        late = len("late")
        def read():
            return value, late
        """,
    )
    python.write(
        "keeper.py",
        """
        import sys
        class Keeper:
            def __init__(self, module, label):
                self.module, self.label, self.write = module, label, sys.__stdout__.write
            def __del__(self):
                for look in (lambda: self.module.value, lambda: self.module.read(), lambda: vars(self.module)["late"]):
                    try:
                        self.write(f"{self.label} {look()!r}\\n")
                    except BaseException as error:
                        self.write(f"{self.label} {type(error).__name__}\\n")
        """,
    )
    found = python.deferred("""
        import sys, m, keeper
        by_main = keeper.Keeper(m, "main")
        keeper.mine = keeper.Keeper(m, "module")
        circle = keeper.Keeper(m, "circle")
        circle.me = circle
        del circle
        sys.kept = keeper.Keeper(m, "sys")
    """)
    assert {line.split()[0] for line in found.lines} >= {"main", "circle"}, found.out
    assert "main '[1]'" in found.lines or "main ImportError" in found.lines, found.out


# --- other interpreters ---------------------------------------------------------------------------------------------


def test_the_starter_leaves_sub_interpreters_eager(python: Python) -> None:
    """What `atimport enable` starts gives up there, silently, and modules are eager; the main one goes on deferring."""
    import atimport.activation as activation

    python.write(f"{activation.MODULE}.py", activation.STARTER)
    python.write("m.py", "__at_import__ = None\nvalue = len('x')\nprint('m runs', flush=True)\n")
    if sys.version_info >= (3, 14):
        run = "from concurrent import interpreters as i\none = i.create()\none.exec(code)\none.close()"
    else:
        name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
        run = f"import {name} as i\none = i.create()\nassert i.run_string(one, code) is None\ni.destroy(one)"
    code = f"import {activation.MODULE}\nimport sys, m\nassert type(m) is type(sys) and m.value == 1"
    found = python.run(
        f"import {activation.MODULE}\nimport m\ncode = {code!r}\n{run}\nassert m.value == 1\nprint(type(m).__mro__[1])"
    )
    assert found.lines.count("m runs") == 2, found.out


def test_a_sub_interpreter_beside_a_main_one_that_defers(python: Python) -> None:
    """Created, used and ended again and again while names are pending here, and threads resolve them."""
    python.write("m.py", "__at_import__ = None\n" + "".join(f"name{n} = len('x' * {n})\n" for n in range(40)))
    if sys.version_info >= (3, 14):
        run = "one = i.create()\n    one.exec(code)\n    one.close()"
        name = "concurrent.interpreters"
    else:
        name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
        run = "one = i.create()\n    i.run_string(one, code)\n    i.destroy(one)"
    python.deferred(f"""
import importlib, threading
i = importlib.import_module({name!r})
import m
code = "import sys, m; assert type(m) is type(sys) and m.name7 == 7"
def touch(n):
    global seen
    seen.append(getattr(m, f"name{{n}}"))
seen = []
for n in range(10):
    thread = threading.Thread(target=touch, args=(n,))
    thread.start()
    {run}
    thread.join()
assert seen == list(range(10)) and m.name20 == 20
""")
