"""What tests do to modules: `unittest`, pytest, `unittest.mock`, monkeypatching before the first touch, and undoing it."""

from __future__ import annotations

import pytest

from fresh import Python
from machinery.shapes import SHAPES


@pytest.fixture
def shapes(python: Python) -> Python:
    """Give a Python that has the module `shapes`."""
    python.write("shapes.py", SHAPES)
    return python


PATCHES = {
    "function": 'with mock.patch("shapes.add", lambda *a: "patched"): print(shapes.add(1, 2))\nprint(shapes.add(shapes.Point(1), shapes.Point(2)))',
    "value that others are made of": 'with mock.patch.object(shapes, "ORIGIN", 7): print(shapes.ORIGIN, shapes.LIMITS, shapes.sometimes)\nprint(shapes.ORIGIN, shapes.LIMITS)',
    "value that functions read": 'with mock.patch("shapes.Point", lambda x, y: (x, y)): print(shapes.add(shapes.BOXES[0], shapes.BOXES[1]))\nprint(shapes.add(*shapes.BOXES))',
    "autospec": """
        with mock.patch("shapes.add", autospec=True) as spec:
            spec.return_value = 3
            print(spec(1, 2), inspect.signature(spec), shapes.add is spec)
            try:
                spec()
            except TypeError as error:
                print(error)
        print(inspect.signature(shapes.add))
    """,
    "several": 'with mock.patch.multiple("shapes", area=mock.DEFAULT, cached=5) as made: print(sorted(made), shapes.cached, shapes.area is made["area"])\nprint(shapes.area(3), shapes.cached(1))',
    "created": 'with mock.patch("shapes.nothing", 3, create=True): print(shapes.nothing)\nprint(hasattr(shapes, "nothing"))',
    "missing": 'try:\n    mock.patch("shapes.nothing").start()\nexcept AttributeError as error:\n    print(error)',
    "of a class": 'with mock.patch("shapes.Point.norm", 5): print(shapes.Point(1).norm)\nprint(shapes.Point(1).norm)',
    "of an import": 'with mock.patch("shapes.mathematics.pi", 3), mock.patch("shapes.mathematics", None): print(shapes.mathematics)\nprint(shapes.mathematics.pi)',
    "namespace": 'with mock.patch.dict(shapes.__dict__, {"LIMITS": (9,)}): print(shapes.LIMITS)\nprint(shapes.LIMITS, sorted(vars(shapes)))',
    "namespace by name": 'with mock.patch.dict("shapes.__dict__", ORIGIN=3): print(shapes.ORIGIN)\nprint(shapes.ORIGIN)',
    "spec": 'made = mock.create_autospec(shapes)\nprint(sorted(name for name in dir(made) if name[0] != "_" and "mock" not in name and "assert" not in name))',
    "mock of the module": 'made = mock.Mock(spec=shapes)\nprint(made.add(3).__class__.__name__)\ntry:\n    made.nothing\nexcept AttributeError as error:\n    print(error)',
    "sealed": 'made = mock.create_autospec(shapes.Point)\nmock.seal(made)\nprint(made.norm.__class__.__name__)',
    "stacked, undone in another order": """
        one, two = mock.patch("shapes.ORIGIN", 1), mock.patch("shapes.ORIGIN", 2)
        one.start(), two.start()
        print(shapes.ORIGIN)
        two.stop(), one.stop()
        print(shapes.ORIGIN, shapes.LIMITS)
    """,
    "deleted": 'del shapes.area\nprint(hasattr(shapes, "area"), "area" in dir(shapes), "area" in vars(shapes))',
    "set and deleted": 'shapes.area = 1\ndel shapes.area\nprint(hasattr(shapes, "area"), shapes.cached(1))',
    "set from outside": 'shapes.LIMITS = None\nprint(shapes.area(3), shapes.LIMITS, shapes.numbers.__defaults__)',
}  # fmt: skip


@pytest.mark.parametrize("what", PATCHES)
def test_mock(shapes: Python, what: str) -> None:
    import textwrap

    code = textwrap.dedent(PATCHES[what])
    assert shapes.same("import inspect, shapes\nimport unittest.mock as mock\n" + code).out


MONKEYS = """
    import shapes

    def test_set(monkeypatch):
        monkeypatch.setattr(shapes, "ORIGIN", 5)
        assert shapes.ORIGIN == 5 and shapes.LIMITS == (0, 1, 2)

    def test_string(monkeypatch):
        monkeypatch.setattr("shapes.add", None)
        assert shapes.add is None

    def test_deleted(monkeypatch):
        monkeypatch.delattr(shapes, "area")
        assert not hasattr(shapes, "area") and "area" not in dir(shapes)

    def test_item(monkeypatch):
        monkeypatch.setitem(shapes.__dict__, "BOXES", 1)
        assert shapes.BOXES == 1

    def test_undone():
        assert shapes.ORIGIN == 0 and shapes.area(2) == 4 and shapes.add and len(shapes.BOXES) == 2
"""


@pytest.mark.parametrize("name", ["set", "string", "deleted", "item"])
def test_monkeypatch_before_the_first_touch(shapes: Python, name: str) -> None:
    shapes.write("test_m.py", MONKEYS)
    words = ["-q", "-p", "no:cacheprovider", f"test_m.py::test_{name}", "test_m.py::test_undone"]
    found = shapes.start("-m", "pytest", "--atimport-defer=shapes", *words)
    assert "2 passed" in found.out
    assert "1 module deferred" in found.out


TESTS = '''
    """Tests, deferred themselves."""
    __at_import__ = None
    import unittest

    class One(unittest.TestCase):
        def test_one(self):
            pass
        def test_two(self):
            self.fail("on purpose")

    class Two(One):
        @unittest.skip("why")
        def test_three(self):
            pass
        @unittest.expectedFailure
        def test_four(self):
            self.fail()

    def load_tests(loader, tests, pattern):
        print("load_tests", tests.countTestCases(), pattern)
        return tests

    def setUpModule():
        print("set up")

    def tearDownModule():
        print("tear down")
'''


def test_unittest(python: Python) -> None:
    python.write("cases.py", TESTS)
    found = python.same("""
        import io, re, unittest
        loader = unittest.defaultTestLoader
        for suite in (
            loader.loadTestsFromName("cases"),
            loader.loadTestsFromNames(["cases.One", "cases.Two.test_one"]),
            loader.discover(".", pattern="cases.py"),
        ):
            stream = io.StringIO()
            result = unittest.TextTestRunner(stream=stream, verbosity=2).run(suite)
            print(suite, result, re.sub(r"[\\d.]+s", "…s", stream.getvalue()))
    """)
    assert found.out.count("set up") == 3


def test_unittest_from_the_command_line(python: Python) -> None:
    python.write("cases.py", TESTS)
    plain = python.start("-m", "unittest", "-v", "cases", expect=1)
    ours = python.start("-m", "atimport", "run", "-m", "unittest", "-v", "cases", expect=1)
    assert ours.out == plain.out
    assert ours.err.splitlines()[:-3] == plain.err.splitlines()[:-3], "all but the time"


def test_pytest_collects_the_same(shapes: Python) -> None:
    """Tests that are not rewritten by pytest, and doctests of modules: both are deferred modules that it looks through."""
    shapes.write("cases.py", TESTS)
    shapes.write("test_more.py", "from cases import One, Two\n")
    words = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--collect-only",
        "--doctest-modules",
        "shapes.py",
        "test_more.py",
    ]
    plain = shapes.start(*words).lines
    assert any(line.endswith("Two::test_four") for line in plain)
    assert any(line.endswith("shapes.add") for line in plain)
    deferred = shapes.start(*words, "--atimport-defer=cases").lines
    assert deferred[: len(plain) - 2] == plain[:-2]
