"""What looks at modules, classes and functions: `inspect`, `pydoc`, `doctest`, `typing`; equal to an eager module's."""

from __future__ import annotations

import pytest

from fresh import Python
from machinery.shapes import SHAPES

WITHOUT_ADDRESSES = """
import re, shapes
def show(*things):
    print(*(re.sub("0x[0-9a-f]+", "0x…", str(thing)) for thing in things))
"""


@pytest.fixture
def shapes(python: Python) -> Python:
    """Give a Python that has the module `shapes`."""
    python.write("shapes.py", SHAPES)
    return python


QUESTIONS = [
    ["getdoc", "getcomments"],
    ["getfile", "getsourcefile", "getmodule", "getabsfile"],
    ["getsource", "getsourcelines", "findsource"],
    ["signature", "getfullargspec", "get_annotations", "getclosurevars"],
    ["classify_class_attrs", "getmro", "isabstract"],
    [
        "isclass",
        "isfunction",
        "isroutine",
        "ismethod",
        "iscoroutinefunction",
        "isgeneratorfunction",
        "isdatadescriptor",
    ],
]


@pytest.mark.parametrize("questions", QUESTIONS, ids=lambda questions: questions[0])
@pytest.mark.parametrize("first", ["", "shapes.add", "vars(shapes)"], ids=["untouched", "one", "all"])
def test_inspect(shapes: Python, questions: list[str], first: str) -> None:
    shapes.same(
        WITHOUT_ADDRESSES
        + f"""
import inspect
{first}
things = [(name, getattr(shapes, name)) for name in dir(shapes) if name[:2] != "__"]
things += [("shapes", shapes), ("deep", shapes.Point.Inner.deep), ("norm", shapes.Point.norm), ("first", shapes.Colour.first)]
for name, thing in things:
    for question in {questions}:
        try:
            answer = getattr(inspect, question)(thing)
        except Exception as error:
            answer = type(error).__name__, error
        if type(answer).__name__ == "ClosureVars":
            answer = [sorted(part) for part in answer]
        show(name, question, answer)
"""
    )


def test_inspect_members(shapes: Python) -> None:
    shapes.same(
        WITHOUT_ADDRESSES
        + """
import inspect
for predicate in (inspect.isclass, inspect.isfunction, inspect.ismodule, None):
    for name, value in inspect.getmembers(shapes, predicate):
        if name not in ("__loader__", "__spec__", "__builtins__"):
            show(name, value)
for name, value in inspect.getmembers_static(shapes):
    if name != "__loader__":
        show(name, type(value))
show(inspect.getattr_static(shapes, "add"), inspect.getmodule(shapes.Point.norm.fget), inspect.unwrap(shapes.add))
"""
    )


@pytest.mark.parametrize("thing", ["shapes", "shapes.Point", "shapes.add", "shapes.Colour.first", "shapes.ORIGIN"])
def test_pydoc(shapes: Python, thing: str) -> None:
    code = f"import pydoc; show(pydoc.render_doc({thing!r}, renderer=pydoc.plaintext))"
    assert "Python Library Documentation" in shapes.same(WITHOUT_ADDRESSES + code).out


def test_help_and_html(shapes: Python) -> None:
    shapes.same(
        WITHOUT_ADDRESSES
        + "import pydoc; text = pydoc.HTMLDoc().docmodule(shapes)\nshow(*(line for line in text.splitlines() if 'Field(' not in line)); help(shapes.Point)"
    )


def test_pydoc_from_the_command_line(shapes: Python) -> None:
    plain = shapes.start("-m", "pydoc", "shapes")
    assert shapes.start("-m", "atimport", "run", "-m", "pydoc", "shapes").out == plain.out


def test_doctest(shapes: Python) -> None:
    found = shapes.same(
        """
        import doctest, io, shapes, unittest
        for test in doctest.DocTestFinder(exclude_empty=False).find(shapes):
            print(test.name, test.lineno, len(test.examples), test.filename)
        print(doctest.testmod(shapes, verbose=True))
        """
    )
    assert "TestResults(failed=0, attempted=3" in found.out
    shapes.same(
        "import doctest, io, unittest; print(unittest.TextTestRunner(stream=io.StringIO()).run(doctest.DocTestSuite('shapes')))"
    )


@pytest.mark.parametrize(
    "thing", ["shapes", "shapes.add", "shapes.Point", "shapes.Pair", "shapes.Point.Inner.deep", "shapes.later"]
)
def test_type_hints(shapes: Python, thing: str) -> None:
    shapes.same(
        f"import typing, shapes; print(typing.get_type_hints({thing}), typing.get_type_hints({thing}, include_extras=True))"
    )


def test_tracebacks(shapes: Python) -> None:
    shapes.same(
        """
        import traceback, shapes
        try:
            shapes.add(shapes.Point(1), None)
        except AttributeError:
            traceback.print_exc()
        shapes.Point()
    """,
        expect=1,
    )
