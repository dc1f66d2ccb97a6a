"""Exceptions of every kind, at every statement of a unit: all or nothing, the original, and where it comes from."""

from __future__ import annotations

import pytest

from fresh import Python

STEPS = """
    at, error = 0, None

    def step(n):
        if n == at:
            raise error
        return n
"""
# One unit: each statement rebinds or changes what another binds. `LINES` are those of the steps.
UNIT = """
    __at_import__ = None
    import steps
    a = steps.step(1)
    for c in (1,):
        d = steps.step(2)
        a = [a, steps.step(3)]
    a = [a, steps.step(4)]
    b, (e, *g) = a, (steps.step(5), steps.step(6))
    a = (a, b)
    def f(x=steps.step(7)):
        return x
    f = [f, steps.step(8), a]
    class K:
        z = steps.step(9)
    K = (K, a)
    a = (K, f, steps.step(10), e, g, d)
    other = len("o")
    def read():
        return a, b
"""
LINES = {1: 3, 2: 5, 3: 6, 4: 7, 5: 8, 6: 8, 7: 10, 8: 12, 9: 14, 10: 16}
KINDS = {
    "SystemExit": "SystemExit(3)",
    "SystemExit without a code": "SystemExit()",
    "KeyboardInterrupt": "KeyboardInterrupt()",
    "RecursionError": "RecursionError('deep')",
    "MemoryError": "MemoryError()",
    "GeneratorExit": "GeneratorExit()",
    "StopIteration": "StopIteration(5)",
    "StopAsyncIteration": "StopAsyncIteration()",
    "ExceptionGroup": "ExceptionGroup('group', [ValueError(1), AttributeError(2)])",
    "BaseExceptionGroup": "BaseExceptionGroup('group', [KeyboardInterrupt()])",
    "one that takes no attribute": "type('Slotted', (Exception,), {'__slots__': (), '__setattr__': refuse})('text')",
    "one that takes no note": "type('NoNotes', (Exception,), {'add_note': refuse})()",
    "one whose notes are no list": "type('OddNotes', (Exception,), {'__notes__': 3})()",
    "one of BaseException": "type('Base', (BaseException,), {})()",
    "AttributeError": "AttributeError('a', name='n', obj=3)",
    "KeyError": "KeyError('k')",
    "NameError": "NameError('n', name='n')",
    "UnboundLocalError": "UnboundLocalError('u')",
    "KeyError without arguments": "KeyError()",
    "ImportError": "ImportError('i', name='q')",
    "ModuleNotFoundError": "ModuleNotFoundError('i', name='q')",
    "OSError": "OSError(2, 'no')",
    "AssertionError": "AssertionError()",
    "SyntaxError": "SyntaxError('bad', ('file', 1, 2, 'text'))",
    "UnicodeDecodeError": "UnicodeDecodeError('utf8', b'x', 0, 1, 'why')",
    "one whose text fails": "type('Textless', (AttributeError,), {'__str__': refuse})()",
}  # fmt: skip
TOUCHES = ["m.a", "m.K", "m.read()", "from m import g", "getattr(m, 'd', None)", "hasattr(m, 'e')", "vars(m)"]


@pytest.fixture
def unit(python: Python) -> Python:
    """Give a Python that has the modules `m` and `steps`."""
    python.write("steps.py", STEPS)
    python.write("m.py", UNIT)
    return python


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_at_every_statement(unit: Python, kind: str) -> None:
    found = unit.deferred(f"""
        import sys, steps, m
        def refuse(*_): raise TypeError("refused")
        m.steps, m.other
        steps.error = error = {KINDS[kind]}
        wrapped = isinstance(error, (AttributeError, KeyError, NameError))
        arguments = error.args
        before = atimport.pending(m)
        for at, line in {LINES}.items():
            steps.at = at
            for touch in {TOUCHES}:
                error.with_traceback(None)
                try:
                    exec(compile(touch, '<touch>', 'exec'))  # a string's KeyboardInterrupt would end the process later
                except BaseException as caught:
                    if wrapped:
                        assert type(caught) is atimport.DeferredExecutionError, (touch, caught)
                        assert caught.name == "m" and caught.path == m.__file__ and f"lines" in str(caught)
                        caught = caught.__cause__
                    assert caught is error and caught.args == arguments, (touch, caught)
                    assert caught.__cause__ is None or sys.version_info >= (3, 15), "3.15 adds one of its own"
                    places, traceback = [], caught.__traceback__
                    while traceback:
                        places.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
                        traceback = traceback.tb_next
                    assert (m.__file__, line) in places, (at, places)
                else:
                    raise AssertionError(f"{{touch}} at {{at}}: no error")
                now = atimport.pending(m)
                # what came before in source order may have run
                assert set(before) >= set(now) >= set("abcdefgK"), (touch, now)
        steps.at = 0
        assert m.read()[1] == [[1, 3], 4] == m.b and m.a[2:] == (10, 5, [6], 2) and m.K[0].z == 9 and m.f[0]() == 7
        assert m.c == 1 and not (set(atimport.pending(m)) & set("abcdefgK"))
    """)
    assert found.err == "", "nothing is said of notes and attributes that could not be added"


def test_cause_and_context_stay(unit: Python) -> None:
    unit.write(
        "steps.py",
        "def step(n):\n    try:\n        1 / 0\n    except ZeroDivisionError as zero:\n        raise ValueError('outer') from zero\n",
    )
    unit.deferred("""
        import m
        try:
            m.a
        except ValueError as error:
            while not isinstance(error.__cause__, ZeroDivisionError):
                error = error.__cause__ or error.__context__
            assert isinstance(error.__context__, ZeroDivisionError)
    """)


def test_traceback_shows_who_touched_and_what_failed(unit: Python) -> None:
    """As PEP 810 has it: the line that asked, and the line that is to blame."""
    unit.write(
        "program.py",
        "import steps, m\nsteps.at, steps.error = 8, OSError('why')\n\n\ndef ask():\n    return m.read()\n\n\nask()\n",
    )
    found = unit.start("-m", "atimport", "run", "program.py", expect=1)
    wanted = [
        ('program.py", line 9, in <module>', "ask()"),
        ('program.py", line 6, in ask', "return m.read()"),
        ('m.py", line 19, in read', "return a, b"),
        ('m.py", line 12, in <module>', "f = [f, steps.step(8), a]"),
        ('steps.py", line 5, in step', "raise error"),
    ]
    said = found.err.splitlines()
    places = [place for place, line in enumerate(said) for end, _ in wanted if line.endswith(end)]
    assert [said[place + 1].strip() for place in places[-5:]] == [text for _, text in wanted]
    assert "OSError: why" in said
    assert any(
        line.startswith("while executing lines 3, 4-6, 7, 8, 9, 10-11, 12, 13-14, 15, 16 of m ")
        and "`a` was touched from" in line
        for line in said
    )


@pytest.mark.parametrize("kind", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()", "KeyError('k')"])
def test_reaching_the_top_ends_the_program_as_always(unit: Python, kind: str) -> None:
    """Exit status, or death by signal, are those of an exception that the program itself raises."""
    unit.write("program.py", f"import steps, m\nsteps.at, steps.error = 4, {kind}\nm.a\n")
    unit.write("plain.py", f"raise {kind}\n")
    plain = unit.start("plain.py", expect=None)
    assert unit.start("-m", "atimport", "run", "program.py", expect=None).status == plain.status


def test_resolve_collects_and_goes_on(unit: Python) -> None:
    unit.deferred("""
        import m, steps
        steps.at, steps.error = 10, SystemExit("from deferred code")
        report = atimport.resolve(m)
        assert {name for name, _ in report.errors} == {f"m.{name}" for name in "abcdefgK"}
        assert "m.other" in report.resolved and "m.read" in report.resolved
        assert all(error is steps.error for _, error in report.errors)
        steps.at = 0
        assert atimport.resolve(m).errors == () and not atimport.is_deferred(m)
    """)
