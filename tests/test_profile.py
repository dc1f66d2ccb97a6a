"""Where the time goes: `atimport.stats`, `atimport.profiling` and `atimport profile`."""

from __future__ import annotations

import json

import pytest

from fresh import Outcome, Python

START = "from atimport import profiling; profiling.start()\n"


@pytest.fixture
def modules(python: Python) -> Python:
    """Give a Python with a deferred module that imports an eager one, late."""
    python.write("plain.py", "import time\ntime.sleep(0.01)\nvalue = 1\n")
    python.write(
        "late.py",
        """
        __at_import__ = None
        import plain
        import time
        def slow(): return time.sleep(0.005) or 2
        value = slow() + plain.value
        failing = [][value]
        """,
    )
    python.deferred("import late, plain")  # pycs and images are there
    return python


def test_nothing_is_recorded_unless_asked_for(modules: Python) -> None:
    modules.deferred("""
        import late
        assert late.value == 3
        assert atimport._native.spans() == [] and atimport.stats().modules == atimport.stats().names == ()
    """)


def test_what_each_module_and_each_name_cost(modules: Python) -> None:
    modules.deferred(
        "import glob, os, time\n"
        + START
        + """
begin = time.perf_counter()
import late
assert late.value == 3
elapsed = (time.perf_counter() - begin) * 1e6
profiling.stop()
stats = atimport.stats()
costs = {cost.module: cost for cost in stats.modules}
assert costs.keys() >= {"late", "plain"}, costs
late, plain = costs["late"], costs["plain"]
assert (late.deferred, plain.deferred) == (True, False)
for cost in stats.modules:
    parts = (cost.find, cost.read, cost.unmarshal, cost.split, cost.execute, cost.touched)
    assert min(parts) >= 0 and abs(sum(parts) - cost.total) < 1, parts
for cost in (late, plain):
    assert min(cost.find, cost.read, cost.unmarshal, cost.execute) > 0
    assert cost.split == 0
assert plain.execute >= 10_000
assert late.touched >= 5_000 and plain.touched == 0
# own times are taken once: they don't add up to more than what passed
assert sum(cost.total for cost in stats.modules) <= elapsed
assert [cost.total for cost in stats.modules] == sorted((cost.total for cost in stats.modules), reverse=True)
(image,), (pyc,) = glob.glob("__pycache__/late.*.ati"), glob.glob("__pycache__/plain.*.pyc")
assert (late.bytes, plain.bytes) == (os.path.getsize(image), os.path.getsize(pyc))
names = {(cost.module, cost.name): cost for cost in stats.names}
value = names["late", "value"]
# its unit needs the import of the other module, which is somebody else's own time
assert value.microseconds >= 15_000 and 5_000 <= value.own <= value.microseconds - 10_000
assert [cost.microseconds for cost in stats.names] == sorted((c.microseconds for c in stats.names), reverse=True)
"""
    )


def test_a_split_is_told_apart(modules: Python) -> None:
    modules.write("late.py", "__at_import__ = None\nvalue = [1]\n")
    code = START + "import late; late.value; (cost,) = (c for c in atimport.stats().modules if c.module == 'late')\n"
    modules.deferred(code + "assert cost.split > 0, cost")
    modules.deferred(code + "assert cost.split == 0, cost")


def test_recording_starts_afresh_and_stops(modules: Python) -> None:
    modules.deferred(
        START
        + """
import plain
assert atimport._native.spans()
profiling.start()
assert atimport._native.spans() == []
import email
profiling.stop()
before = atimport._native.spans()
import late
late.value
assert before == atimport._native.spans() != []
"""
    )


def test_what_fails_is_recorded_too(modules: Python) -> None:
    modules.deferred(
        START
        + """
import late
for _ in range(2):
    try:
        late.failing
    except IndexError:
        pass
assert [cost.name for cost in atimport.stats().names].count("failing") == 2
"""
    )


def test_spans_of_threads_do_not_mix(modules: Python) -> None:
    for number in range(4):
        modules.write(f"m{number}.py", "__at_import__ = None\nimport time\nvalue = [time.sleep(0.02)]\n")
    modules.deferred(
        START
        + """
import importlib, threading
threads = [threading.Thread(target=lambda n=n: importlib.import_module(f"m{n}").value) for n in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
profiling.stop()
spans = [span for span in atimport._native.spans() if span[0] == "touch" and span[2] == "value"]
assert len({thread for *_, thread in spans}) == len(spans) == 4
assert all(span[5] >= 15_000 for span in spans), spans
"""
    )


def test_trace(modules: Python) -> None:
    modules.deferred(
        START
        + """
import json, os
import late
late.value
profiling.stop()
trace = json.loads(json.dumps(profiling.trace()))
events = {event["name"]: event for event in trace["traceEvents"]}
assert {"find late", "read late", "defer late", "touch late.value", "execute plain"} <= events.keys(), events
for event in trace["traceEvents"]:
    assert event["ph"] == "X" and event["pid"] == os.getpid() and event["tid"] >= 1
    assert event["ts"] >= 0 and event["dur"] >= event["args"]["own, µs"] >= 0
touch, inner = events["touch late.value"], events["execute plain"]
assert touch["ts"] <= inner["ts"] and inner["ts"] + inner["dur"] <= touch["ts"] + touch["dur"]
assert events["read late"]["args"]["bytes"] > 100
"""
    )


def profile(python: Python, *words: str, **options: object) -> Outcome:
    return python.start("-m", "atimport", "profile", *words, **options)  # type: ignore[arg-type]


def rows(outcome: Outcome) -> list[list[str]]:
    """Return the cells of the tables."""
    return [line.split() for line in outcome.err.splitlines() if line]


@pytest.mark.parametrize("words", [["main.py", "a", "-O"], ["-m", "main", "a", "-O"], ["-c", "import main", "a", "-O"]])
def test_command(modules: Python, words: list[str]) -> None:
    modules.write("main.py", "import sys, late\nprint(late.value, sys.argv[1:], sys.flags.optimize)\n")
    done = profile(modules, "--", *words)
    assert done.out == "3 ['a', '-O'] 0\n"
    table = rows(done)
    assert table[0] == ["own", "microseconds", "of", "each", "module:"]
    assert table[1] == ["total", "find", "read", "unmarshal", "split", "execute", "touched", "bytes", "module"]
    (late,) = (row for row in table if row[-2:] == ["deferred", "late"])
    assert len(late) == 10
    assert ["µs", "own", "touched", "name"] in table
    assert any(row[-1] == "late.value" and len(row) == 3 for row in table)


def test_command_gives_python_its_options(modules: Python) -> None:
    code = "import sys; print(sys.flags.optimize, sys._xoptions, sys.warnoptions, sys.argv)"
    words = ["-O", "-X", "a=b", "-Wignore", "-W", "default", "-c", code, "x"]
    done = profile(modules, "--limit=0", "--", *words, "--", "-X", warnings="error")
    assert done.out == "1 {'a': 'b'} ['ignore', 'default'] ['-c', 'x', '--', '-X']\n"


def test_command_gives_run_its_options(modules: Python) -> None:
    modules.write("other.py", "value = [1]\n")
    done = profile(modules, "--limit", "1", "--", "--eager=late", "--defer", "other", "-c", "import other, plain")
    shown = [row for row in rows(done) if row[-1] in ("other", "plain")]
    assert len(shown) == 1, "as many lines as --limit says"
    done = profile(modules, "--", "--eager=late", "--defer", "other", "-c", "import other, plain")
    assert [row for row in rows(done) if row[-2:] == ["deferred", "other"]]


def test_command_writes_a_trace(modules: Python) -> None:
    done = profile(modules, "--trace", "trace.json", "--", "-c", "import os; os.chdir('/'); import late; late.value")
    assert "can't write" not in done.err
    trace = json.loads((modules.folder / "trace.json").read_text())
    assert "touch late.value" in {event["name"] for event in trace["traceEvents"]}
    done = profile(modules, "--trace", "missing/trace.json", "--", "-c", "pass")
    assert done.err.endswith("missing/trace.json': No such file or directory\n")


def test_command_ends_as_the_program_does(modules: Python) -> None:
    assert rows(profile(modules, "--", "-c", "raise SystemExit(3)", expect=3))[0][0] == "own"
    modules.write("main.py", "import late\nlate.failing\n")
    plain = modules.start("-m", "atimport", "run", "main.py", expect=1).err
    deferred = profile(modules, "--", "main.py", expect=1).err
    assert deferred.startswith(plain + "\nown microseconds of each module:\n")
    assert plain.startswith("Traceback (most recent call last):\n")
    assert "profile.py" not in deferred


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "a program is missing"),
        (["--"], "a program is missing"),
        (["--", "-O"], "a program is missing"),
        (["main.py"], "a program stands behind --"),
        (["-m", "main"], "no such option: -m; a program stands behind --"),
        (["--limit", "x", "--", "main.py"], "option --limit: 'x' is not a number"),
        (["--trace"], "option --trace needs a value"),
        (["--", "-c"], "option -c needs code"),
        (["--", "--defer", "a..b", "main.py"], "--defer: "),
    ],
)
def test_command_lines_that_make_no_sense(python: Python, words: list[str], said: str) -> None:
    done = profile(python, *words, expect=2)
    assert f"Error: {said}" in done.err
    assert "Traceback" not in done.err


def test_help(python: Python) -> None:
    assert profile(python, "--help").out.startswith("Usage: atimport profile [OPTIONS] -- ")
    assert "Run a program under the loader, and show where" in python.start("-m", "atimport", "--help").out
