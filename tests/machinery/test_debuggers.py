"""Debuggers, tracers, profilers: the lines, files and functions that they see are those of an eager module."""

from __future__ import annotations

import json
import sys

import pytest

from fresh import Outcome, Python
from machinery.shapes import SHAPES

# Touches everything, and calls a little.
USE = """
    import shapes
    for name in dir(shapes):
        getattr(shapes, name)
    print(shapes.add(shapes.Point(1), shapes.Point(2)), shapes.area(3), list(shapes.numbers()))
"""
BRANCHES = """
    __at_import__ = None
    flag = len("x")
    if flag > 5:
        big = 1
    else:
        big = 2
    for i in range(3):
        if i == 1:
            continue
        last = i
    else:
        done = True
    try:
        value = int("q")
    except ValueError:
        value = 0
    finally:
        end = len("f")
    while flag > 0:
        flag -= 1
    odd = [n for n in range(4) if n % 2]
    match flag:
        case 0:
            name = "zero"
        case _:
            name = "other"


    def function(x):
        if x:
            return 1
        for _ in range(x):
            pass
        return 2


    called = function(0)
"""


@pytest.fixture
def shapes(python: Python) -> Python:
    """Give a Python that has the module `shapes`, and a program that uses it."""
    python.write("shapes.py", SHAPES)
    python.write("use.py", USE)
    return python


# --- debuggers ------------------------------------------------------------------------------------------------------


def test_breakpoints_on_every_line(shapes: Python) -> None:
    """Set before any unit has run; all are hit, at the right lines, functions and namespaces."""
    found = shapes.same("""
        import bdb, os
        class Debugger(bdb.Bdb):
            hits = []
            def user_line(self, frame):
                if self.break_here(frame):
                    code = frame.f_code
                    self.hits.append((frame.f_lineno, code.co_name, code.co_filename, frame.f_globals["__name__"]))
                self.set_continue()
        debugger = Debugger()
        with open("shapes.py") as file:
            count = len(file.readlines())
        print([line for line in range(1, count + 1) if debugger.set_break("shapes.py", line)])
        debugger.run("import use", {})
        for hit in sorted(debugger.hits):
            print(hit)
    """)
    assert len(found.lines) > 40


def run_pdb(shapes: Python, *commands: str) -> tuple[list[str], list[str]]:
    """What pdb says of a program, plainly and deferred, to the same commands."""
    script = "".join(f"{command}\n" for command in (*commands, "q"))
    words = ["-m", "pdb", "use.py"]
    plain = shapes.start(*words, stdin=script, expect=None)
    ours = shapes.start("-m", "atimport", "run", *words, stdin=script, expect=None)
    assert "Traceback" not in plain.out + ours.out
    return plain.lines, ours.lines


def test_pdb_stops_in_a_function_that_has_not_been_made(shapes: Python) -> None:
    line = SHAPES.splitlines().index("    return Point(left.x + right.x, left.y + right.y)") + 1
    plain, ours = run_pdb(shapes, f"b shapes.py:{line}", "c", "where 1", "p left, right, ORIGIN, LIMITS", "up", "c")
    assert ours == plain
    assert any(f"shapes.py({line})add()" in text for text in ours)
    assert any("(Point(x=1, y=2), Point(x=2, y=2), 0, (0, 1, 2))" in text for text in ours)


def test_pdb_stops_at_a_module_level_line(shapes: Python) -> None:
    line = SHAPES.splitlines().index("LIMITS = tuple(range(ORIGIN, 3))") + 1
    plain, ours = run_pdb(shapes, f"b shapes.py:{line}", "c", "p ORIGIN", "p __name__", "n", "cl 1", "c")
    stop = f"shapes.py({line})<module>()"
    for said in (plain, ours):
        assert sum(stop in text for text in said) == 1
        assert "(Pdb) 0" in said
        assert "(Pdb) 'shapes'" in said
        assert any(text.startswith("Point(x=3, y=4) 9") or "Point(x=3, y=4) 9" in text for text in said)


# --- tracing --------------------------------------------------------------------------------------------------------

TRACE = """
    import sys
    events = []
    def trace(frame, event, argument):
        code = frame.f_code
        if code.co_filename.endswith("shapes.py"):
            if code.co_name != "<module>" or event == "line":
                events.append((event, frame.f_lineno, code.co_name, getattr(code, "co_qualname", "")))
            return trace
    sys.settrace(trace)
    import use
    sys.settrace(None)
    for event in sorted(set(events)):
        print(event, events.count(event))
"""


def test_settrace(shapes: Python) -> None:
    """Each line of the module as often as in an eager run, whatever units they are in; functions' events too."""
    assert len(shapes.same(TRACE).lines) > 40


def test_lines_of_statements_that_begin_elsewhere(shapes: Python) -> None:
    """The first line that runs is not that of the statement: decorators, values over several lines."""
    shapes.write(
        "shapes.py",
        """
        __at_import__ = None
        import functools
        value = [
            len("a"),
            functools,
            len("b"),
        ]
        @functools.cache
        @functools.lru_cache(
            maxsize=None
        )
        def function(
            x=len("x"),
        ):
            return x
        called = function(
            len("y"),
        )
    """,
    )
    shapes.write("use.py", "import shapes\nvars(shapes)\n")
    shapes.same(TRACE)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_monitoring(shapes: Python) -> None:
    shapes.same("""
        import collections, sys
        monitoring, got = sys.monitoring, collections.Counter()
        monitoring.use_tool_id(3, "test")
        def recorder(event):
            def record(code, *arguments):
                if code.co_filename.endswith("shapes.py"):
                    if event == "LINE" or code.co_name != "<module>":
                        got[event, code.co_name, code.co_firstlineno if code.co_name != "<module>" else 0, arguments[0] if event == "LINE" else 0] += 1
            return record
        wanted = 0
        for event in ("LINE", "PY_START", "PY_RETURN", "PY_YIELD", "RAISE"):
            monitoring.register_callback(3, getattr(monitoring.events, event), recorder(event))
            wanted |= getattr(monitoring.events, event)
        monitoring.set_events(3, wanted)
        import use
        monitoring.set_events(3, 0)
        for key in sorted(got):
            print(key, got[key])
    """)


def test_profile(shapes: Python) -> None:
    shapes.same("""
        import cProfile, pstats
        profile = cProfile.Profile()
        profile.runcall(__import__, "use")
        for (file, line, name), (calls, primitive, *_) in sorted(pstats.Stats(profile).stats.items()):
            if file.endswith("shapes.py") and name != "<module>":
                print(line, name, calls, primitive)
    """)


def coverage(python: Python, *words: str) -> tuple[dict, dict]:
    """Run use.py under coverage.py, plainly and deferred; what it says of shapes.py."""
    found = []
    for start in (["-m", "coverage"], ["-m", "atimport", "run", "-m", "coverage"]):
        python.start(*start, "run", *words, "--include=shapes.py", "use.py", warnings="default")
        python.start("-m", "coverage", "json", "-q", "-o", "out.json", warnings="default")
        found.append(json.loads((python.folder / "out.json").read_text())["files"]["shapes.py"])
    return found[0], found[1]


def test_line_coverage(shapes: Python) -> None:
    plain, deferred = coverage(shapes)
    assert deferred == plain
    assert len(plain["executed_lines"]) > 40


def test_line_coverage_of_compound_statements(shapes: Python) -> None:
    shapes.write("shapes.py", BRANCHES)
    shapes.write("use.py", "import shapes\nfor name in dir(shapes):\n    getattr(shapes, name)\n")
    plain, deferred = coverage(shapes)
    assert deferred == plain


def test_branch_coverage(shapes: Python) -> None:
    """Within statements and functions it is the same; a jump to the next statement of the module isn't seen (a listed deviation)."""
    shapes.write("shapes.py", BRANCHES)
    shapes.write("use.py", "import shapes\nfor name in dir(shapes):\n    getattr(shapes, name)\n")
    plain, deferred = coverage(shapes, "--branch")
    assert deferred["executed_lines"] == plain["executed_lines"]
    lost = {tuple(arc) for arc in plain["executed_branches"]} - {tuple(arc) for arc in deferred["executed_branches"]}
    text = (shapes.folder / "shapes.py").read_text().splitlines()
    assert {text[line - 1] for _, line in lost} <= {"odd = [n for n in range(4) if n % 2]"}
    assert all(not text[line - 1].startswith(" ") for arc in lost for line in arc)


# --- memory, faults, warnings ---------------------------------------------------------------------------------------


def test_tracemalloc(python: Python) -> None:
    """Allocations of deferred statements are their lines'."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        small = 1
        big = [float(i) + 0.5 for i in range(20000)]
        other = [
            str(i) + "x"
            for i in range(20000)
        ]
        def make():
            return [object() for _ in range(20000)]
        kept = make()
        class C:
            table = [float(i) + 0.25 for i in range(20000)]
        """,
    )
    found = python.same("""
        import tracemalloc
        tracemalloc.start(5)
        import m
        m.big, m.other, m.kept, m.C
        statistics = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/m.py")]).statistics("lineno")
        for one in sorted(statistics, key=lambda one: one.traceback[0].lineno):
            if one.size > 100_000:
                print(one.traceback[0].lineno, one.size // 50_000)
    """)
    assert {"3", "5", "9", "12"} <= {line.split()[0] for line in found.lines}


def frames(outcome: Outcome) -> list[str]:
    """Return what faulthandler says of frames in m.py and program.py."""
    return [line.strip().rpartition("/")[2] for line in outcome.lines if "m.py" in line]


def test_faulthandler(python: Python) -> None:
    """The deferred frame, and below it the one that touched the name, where an eager run has the import."""
    python.write(
        "m.py",
        "__at_import__ = None\nimport faulthandler, sys\ndef dump():\n    faulthandler.dump_traceback(sys.stdout, all_threads=False)\n    return 3\nvalue = [\n    0,\n    dump(),\n]\n",
    )
    program = "import m\n\ndef touch():\n    m.value\n\ntouch()\n"
    python.write("program.py", program)
    plain = frames(python.start("program.py"))
    ours = frames(python.start("-m", "atimport", "run", "program.py"))
    assert plain == ['m.py", line 4 in dump', 'm.py", line 8 in <module>', 'program.py", line 1 in <module>']
    assert ours == [*plain[:2], 'program.py", line 4 in touch', 'program.py", line 6 in <module>']


def test_warnings_of_every_stack_level(python: Python) -> None:
    python.write(
        "old.py",
        "import warnings\ndef old(n):\n    warnings.warn('old', DeprecationWarning, stacklevel=n)\n    return n\ndef deep(n):\n    return old(n)\n",
    )
    python.write(
        "m.py",
        """
        __at_import__ = None
        import old
        a = old.old(1)
        b = old.old(2)
        c = old.deep(2)
        d = old.deep(3)
        class C:
            x = old.old(2)
        def f():
            return old.old(2)
        e = f()
        import warnings
        warnings.warn('at import')
        """,
    )
    found = python.same("""
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import m
            vars(m)
        for one in sorted((one.filename, one.lineno, one.category.__name__, str(one.message)) for one in caught):
            print(one)
    """)
    assert len(found.lines) == 7


def test_the_line_of_annotations(python: Python) -> None:
    """The function that makes them has the line of the file's first statement, also for those inside compound statements."""
    python.write(
        "m.py",
        """
        __at_import__ = None
        from time import time
        try:
            size = int(time())
        except OSError:
            size: int = 0
        def other(): pass
        """,
    )
    python.same("""
        import sys
        import m
        m.size
        if sys.version_info >= (3, 14):
            code = m.__annotate__.__code__
            print(code.co_firstlineno, list(code.co_positions())[:1])
        print(m.__annotations__)
    """)
