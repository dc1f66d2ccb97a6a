"""`ATIMPORT_PROFILE=1`: what the first runs of a program have all touched runs at import, and nobody can tell."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from fresh import Outcome, Python

if TYPE_CHECKING:
    from pathlib import Path

#: Runs of an entry point after which a profile is used.
RUNS = 3

LOG = """
    ran = []

    def run(what):
        ran.append(what)
        return what
"""
MODULE = """
    __at_import__ = None
    from log import run
    first = run("first")
    def unused(): return second
    second = run("second")
    def third(): return first + second + fourth()
    def fourth(): return run("fourth")
"""
#: Says what has run and what is pending once `m` is imported, and then after the code in its arguments.
PROGRAM = """
    import sys
    import log, m
    import atimport
    print(*log.ran, sep=",")
    print(*atimport.pending(m), sep=",")
    for code in sys.argv[1:]:
        try:
            print(eval(code))
        except BaseException as error:
            print(type(error).__name__, error)
    print(*log.ran, sep=",")
"""


class Program:
    """A program that imports `m`, and what is kept for it."""

    def __init__(self, python: Python) -> None:
        """Write it into the folder of `python`."""
        self.python = python
        python.write("log.py", LOG)
        python.write("m.py", MODULE)
        python.write("program.py", PROGRAM)

    def run(self, *words: str, first: tuple[str, ...] = (), **environment: str) -> Outcome:
        """Run it by its profile, with `words` as its arguments and `first` for the interpreter."""
        return self.start(*first, "-m", "atimport", "run", "program.py", *words, **environment)

    def start(self, *words: str, **environment: str) -> Outcome:
        """Run Python by the profile."""
        changes = {"ATIMPORT_PROFILE": "1", "XDG_CACHE_HOME": str(self.python.folder / "cache")} | environment
        return self.python.start(*words, environment=changes)

    def settle(self, *words: str, **environment: str) -> None:
        """Run it until the profile is used."""
        for _ in range(RUNS):
            self.run(*words, **environment)

    def profiles(self) -> list[Path]:
        """Return what is kept."""
        return sorted((self.python.folder / "cache").glob("**/*.start"))


@pytest.fixture
def program(python: Python) -> Program:
    """Give a program and its module."""
    return Program(python)


def test_what_all_runs_touched_runs_at_import_in_source_order(program: Program) -> None:
    for run in range(RUNS):
        assert [path.name.split(".")[0] for path in program.profiles()] == (["program"] if run else [])
        outcome = program.run("m.second", "m.first")
        assert outcome.lines == ["", "run,first,unused,second,third,fourth", "second", "first", "second,first"]
    [profile] = program.profiles()
    head, *entries = profile.read_text().splitlines()
    assert head == "atimport start 1"
    [entry] = [line for line in entries if line.endswith(" m")]
    assert entry.split(" ")[1:] == [str(RUNS), "0-1,3", "m"]
    written = profile.stat().st_mtime_ns
    outcome = program.run("m.second", "m.unused()", "m.third()")
    assert outcome.lines == [
        "first,second",
        "unused,third,fourth",
        "second",
        "second",
        "firstsecondfourth",
        "first,second,fourth",
    ]
    assert profile.stat().st_mtime_ns == written


def test_what_one_run_did_not_touch_is_not_in_the_profile(program: Program) -> None:
    program.run("m.first", "m.second")
    program.run("m.second", "m.unused()")
    program.run("m.second", "m.first", "m.fourth()")
    outcome = program.run()
    assert outcome.lines[:2] == ["second", "first,unused,third,fourth"]


def test_a_module_of_which_everything_is_touched_is_plain(program: Program) -> None:
    show = (
        "m.third()",
        "m.unused()",
        "type(m).__name__",
        "atimport.counts()['m'].units_run",
        "[name for name in vars(m) if name[0] != '_']",
    )
    program.settle(*show)
    outcome = program.run(*show)
    names = ["run", "first", "unused", "second", "third", "fourth"]
    assert outcome.lines[:2] == ["first,second", ""]
    assert outcome.lines[4:6] == ["module", "6"]
    assert outcome.lines[6] == str(names)


def test_another_source_is_recorded_afresh(program: Program) -> None:
    program.settle("m.first")
    program.python.write("m.py", MODULE.replace("first = ", "zeroth = run('zeroth')\n    first = "))
    for _ in range(RUNS):
        assert program.run("m.zeroth").lines[0] == ""
    assert program.run().lines[0] == "zeroth"


@pytest.mark.parametrize("reader", ["", "\n    def everything(): return globals()\n"], ids=["plain", "keys"])
def test_a_unit_that_fails_stays_pending(program: Program, reader: str) -> None:
    """The import goes on, and the error is that of a touch, also for code that was there before the unit failed."""
    source = """
        __at_import__ = None
        import os
        from log import run
        def before(): return broken
        def broken_itself(): return 1
        if True:
            half = run("half")
            broken = 10 // int(os.environ["DIVISOR"])
        after = run("after")
    """
    program.python.write("m.py", source + reader.replace("\n    ", "\n        "))
    touches = ("m.before()", "m.broken_itself()", "m.broken", "m.after")
    program.settle(*touches, DIVISOR="2")
    outcome = program.run("m.before()", "hasattr(m, 'after')", "m.broken", "m.half", DIVISOR="x")
    assert outcome.lines[0] == "half,after"
    assert outcome.lines[1].startswith("half,broken")
    failed = "ValueError invalid literal for int() with base 10: 'x'"
    assert outcome.lines[2:6] == [failed, "True", failed, failed]
    repaired = "os.environ.update(DIVISOR='5') or m.before()"
    program.python.write("program.py", PROGRAM.replace("import sys", "import sys, os"))
    outcome = program.run("m.before()", repaired, "m.half", "type(m).__name__", DIVISOR="x")
    assert outcome.lines[2:6] == [failed, "2", "half", outcome.lines[5]]
    assert "half,after" in outcome.lines[0]


def test_what_a_failed_unit_needs_and_what_needs_it(program: Program) -> None:
    """The one has run, the other is not tried."""
    program.python.write(
        "m.py",
        """
        __at_import__ = None
        import os
        from log import run
        needed = run("needed")
        broken = run("broken"), needed, 6 // int(os.environ["DIVISOR"])
        both = broken, run("both")
        other = run("other"), broken
        """,
    )
    program.settle("m.both", "m.other", DIVISOR="2")
    assert program.run("m.other[1][2]", DIVISOR="2").lines[:3] == ["needed,broken,both,other", "", "3"]
    outcome = program.run("m.needed", "m.both", DIVISOR="0")
    assert outcome.lines[:3] == ["needed,broken", "broken,both,other", "needed"]
    assert outcome.lines[3].startswith("ZeroDivisionError")
    assert outcome.lines[-1] == "needed,broken,broken"


def test_an_exit_is_an_exit(program: Program) -> None:
    """As in an eager run: a signal's handler must not be ignored because the profile had its reasons."""
    program.python.write("m.py", "__at_import__ = None\nimport os\nvalue = int(os.environ['V']) or os.sys.exit(7)\n")
    program.settle("m.value", V="1")
    changes = {"ATIMPORT_PROFILE": "1", "XDG_CACHE_HOME": str(program.python.folder / "cache"), "V": "0"}
    program.python.start("-m", "atimport", "run", "program.py", expect=7, environment=changes)


def test_a_circle_that_only_deferral_breaks(program: Program) -> None:
    program.python.write(
        "m.py", "__at_import__ = None\nfrom other import theirs\nours = len('ab')\nboth = theirs, ours\n"
    )
    program.python.write("other.py", "__at_import__ = None\nfrom m import ours\ntheirs = [ours]\n")
    program.python.run("import m", expect=1)
    program.settle("m.both")
    outcome = program.run("m.both", "m.theirs", "type(m).__name__")
    assert outcome.lines[2:5] == ["([2], 2)", "[2]", "module"]


def test_pieces_that_stand_apart(program: Program) -> None:
    """Constants of the prelude, other units and effects between the pieces of a unit: as in an eager run."""
    program.python.write(
        "m.py",
        """
        __at_import__ = None
        import log
        from log import run
        log.found = found = []
        LIMIT = 3
        found.append(LIMIT)
        one = run("one")
        found.append(run("two"))
        typed: list = run("three")
        log.ran.append("effect")
        others = {}
        def register(function): others[function.__name__] = function; return function
        @register
        def member(): return LAST
        five = run("five"); LAST = 6; seven = [LAST, run("seven")]
        if one: eight = run("eight")
        """,
    )
    values = "{name: str(value).split(' at ')[0] for name, value in vars(m).items() if name[0] != '_'}"
    plain = program.python.run(f"import log, m; print(log.ran); print({values}); print(m.__annotations__)")
    program.settle(values)
    outcome = program.run("log.ran", values, "m.__annotations__", "m.member()")
    assert outcome.lines[1] == ""
    assert outcome.lines[5] == "6"
    assert outcome.lines[2:5] == plain.lines


def test_what_is_looked_up_from_elsewhere(program: Program) -> None:
    """When a unit runs, all that stands before it is there, whoever looks for it."""
    program.python.write("elsewhere.py", "import sys\ndef look(name): return getattr(sys.modules['m'], name, None)\n")
    program.python.write(
        "m.py",
        """
        __at_import__ = None
        from elsewhere import look
        from log import run
        among = []
        between = run("between")
        among = [look("between")]
        around = []
        LIMIT = 3
        around = [look("LIMIT")]
        typed: look("between") = look("after")
        after = run("after")
        """,
    )
    show = "(m.among, m.around, m.typed, m.after, m.__annotations__)"
    plain = program.python.run(f"import m; print({show})")
    program.settle(show)
    outcome = program.run(show)
    assert outcome.lines[1:3] == ["", *plain.lines]
    assert plain.lines == ["(['between'], [3], None, 'after', {'typed': 'between'})"]


def test_a_name_that_is_there_already(program: Program) -> None:
    """What a star import has bound is there for a unit that fails, too, when it runs again."""
    program.python.write("names.py", "value = 'of names'\nother = 1\n")
    program.python.write(
        "m.py",
        """
        __at_import__ = None
        from names import *
        import os
        value = value + os.environ["ADD"]
        def show(): return value
        """,
    )
    program.python.write("program.py", PROGRAM.replace("import sys", "import sys, os"))
    program.settle("m.show()", ADD="!")
    assert program.run("m.show()", ADD="!").lines[1:3] == ["", "of names!"]
    outcome = program.run("m.value", "os.environ.update(ADD='?') or m.show()")
    assert outcome.lines[2].startswith("DeferredExecutionError KeyError: 'ADD'")
    assert outcome.lines[3] == "of names?"


def test_what_a_unit_that_fails_has_bound_is_gone(program: Program) -> None:
    program.python.write(
        "m.py",
        """
        __at_import__ = None
        import os
        if True:
            if os.environ["DIVISOR"] == "0": half = 1
            broken = 10 // int(os.environ["DIVISOR"])
        """,
    )
    program.python.write("program.py", PROGRAM.replace("import sys", "import sys, os"))
    program.settle("m.broken", DIVISOR="2")
    outcome = program.run("m.broken", "os.environ.update(DIVISOR='5') or m.broken", "hasattr(m, 'half')", DIVISOR="0")
    assert outcome.lines[2].startswith("ZeroDivisionError")
    assert outcome.lines[3:5] == ["2", "False"]


def test_anything_in_its_place(program: Program) -> None:
    """Nothing in a profile does more than have units run that the module has."""
    program.settle("m.first")
    [profile] = program.profiles()
    text = profile.read_text()
    every = text.replace(" 0-1 m", " 0-4294967295 m")
    assert every != text
    for damaged, ran in [
        (every, "first,second"),
        (text.replace(" 0-1 m", " 3,1 m"), ""),
        (text.replace(" 0-1 m", " 17-99 m"), ""),
        (text.replace(" 0-1 m", " 1 m"), "first"),
        (text.replace(" 0-1 m", " m"), ""),
        (text.replace("start 1", "start 9"), ""),
        (text + "\0", "first"),
        (text + "\udcff", ""),
        ("", ""),
    ]:
        profile.write_bytes(damaged.encode(errors="surrogateescape"))
        assert program.run("m.third()").lines[:3:2] == [ran, "firstsecondfourth"], damaged
    profile.unlink()
    profile.mkdir()
    assert program.run().lines[0] == ""


def test_who_writes_none(program: Program) -> None:
    program.run(first=("-B",))
    program.start("-m", "atimport", "run", "-c", "import m; m.first")
    program.run("m.first", "atimport.seal()", ATIMPORT_PROFILE="")
    assert program.profiles() == []
    # a child that lives on
    ending = "\n    import os\n    if os.fork():\n        os.wait()\n        os._exit(0)\n    m.third()\n"
    program.python.write("program.py", PROGRAM + ending)
    program.run()
    assert program.profiles() == []


def test_every_entry_point_has_its_own(program: Program) -> None:
    program.python.write("second.py", PROGRAM)
    program.settle("m.first")
    for _ in range(RUNS):
        program.start("-m", "atimport", "run", "-m", "second", "m.second")
    assert len(program.profiles()) == 2
    assert program.run().lines[0] == "first"
    assert program.start("-m", "atimport", "run", "-m", "second").lines[0] == "second"


def test_a_pin_is_stronger(program: Program) -> None:
    program.settle("m.first")
    outcome = program.run(ATIMPORT_EAGER="m")
    assert outcome.lines[:2] == ["first,second", ""]


def test_executed_again(program: Program) -> None:
    """A module that is loaded again has its old values, and its names are pending."""
    program.settle("m.third()", "m.unused()")
    outcome = program.run("__import__('importlib').reload(m) is m", "atimport.pending(m)[1]", "m.third()")
    assert outcome.lines[:5] == ["first,second", "", "True", "first", "firstsecondfourth"]


def test_another_value_is_told(program: Program) -> None:
    environment = {"ATIMPORT_PROFILE": "yes"}
    outcome = program.python.start("program.py", environment=environment, warnings="default")
    assert "ATIMPORT_PROFILE" not in outcome.err
    outcome = program.python.deferred("import m", environment=environment, warnings="default")
    assert 'ATIMPORT_PROFILE: "yes" is not "1"; it is ignored' in outcome.err


def test_what_is_kept_can_be_forgotten(program: Program) -> None:
    shutil.copy(program.python.folder / "program.py", program.python.folder / "other.py")
    program.start("-m", "atimport", "run", "other.py")
    program.settle("m.first")
    [other, kept] = program.profiles()
    foreign = kept.with_name(kept.name.replace("program.", "program.other."))
    foreign.write_text("atimport start 1\n")
    kept.with_suffix(".prefetch").write_text("somebody's\n")
    said = program.start("-m", "atimport", "clean", "program.py").out
    assert said == "0 images removed (0 bytes)\n"
    assert program.profiles() == sorted([other, kept, foreign])
    size = kept.stat().st_size
    said = program.start("-m", "atimport", "clean", "--profiles", "program.py").out
    assert said == f"0 images removed (0 bytes)\n1 profile removed ({size:,} bytes)\n"
    assert program.profiles() == sorted([other, foreign])
    assert program.start("-m", "atimport", "clean", "--profiles", ".").lines[1].startswith("2 profiles removed")
    assert program.profiles() == []
    assert kept.with_suffix(".prefetch").exists()
