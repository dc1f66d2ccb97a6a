"""The hand-written stub says exactly what the native module exports: names, signatures, attributes, documentation."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest

import atimport
from atimport import _native
from fresh import ROOT

STUB = ast.parse((ROOT / "python" / "atimport" / "_native.pyi").read_text())
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def words(text: str | None) -> list[str]:
    """Return the words of a documentation text: line breaks and indentation may differ."""
    return (text or "").split()


def test_names() -> None:
    exported = {name for name in dir(_native) if not name.startswith("__")}
    assert exported == {*FUNCTIONS, *CLASSES}
    (declared,) = (
        ast.literal_eval(node.value)
        for node in STUB.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert set(declared) == exported


def test_module_documentation() -> None:
    assert words(ast.get_docstring(STUB)) == words(_native.__doc__)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_signature(name: str) -> None:
    arguments = FUNCTIONS[name].args
    found = inspect.signature(getattr(_native, name)).parameters.values()
    kinds = [(p.name, p.kind is p.KEYWORD_ONLY, None if p.default is p.empty else repr(p.default)) for p in found]
    positional = [*arguments.posonlyargs, *arguments.args]
    padding: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    declared = [
        (argument.arg, keyword, None if default is None else repr(ast.literal_eval(default)))
        for keyword, pairs in (
            (False, zip(positional, padding + list(arguments.defaults), strict=True)),
            (True, zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)),
        )
        for argument, default in pairs
    ]
    assert kinds == declared


@pytest.mark.parametrize("name", sorted({**FUNCTIONS, **CLASSES}))
def test_documentation(name: str) -> None:
    node = FUNCTIONS.get(name) or CLASSES[name]
    assert words(ast.get_docstring(node)) == words(getattr(_native, name).__doc__)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_attributes(name: str) -> None:
    kind = getattr(_native, name)
    node = CLASSES[name]
    properties = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if issubclass(kind, BaseException):
        annotated = {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}
        assert not properties
        assert annotated <= {"name", "path", "importer", "deferred"}
        assert [ast.unparse(base) for base in node.bases] == [base.__name__ for base in kind.__bases__]
        return
    exported = {attribute for attribute in vars(kind) if not attribute.startswith("_")}
    assert exported == set(properties)
    for attribute, item in properties.items():
        assert words(ast.get_docstring(item)) == words(getattr(kind, attribute).__doc__), attribute
    assert "@final" in "".join(f"@{ast.unparse(decorator)}" for decorator in node.decorator_list)
    assert kind.__module__ == "atimport._native"


RESULTS = {
    "Decision": lambda: atimport.overrides.decide("m"),
    "ResolveReport": lambda: atimport.resolve(ModuleType("m")),
    "Explanation": lambda: atimport.explain("textwrap"),
    "ExplainedStatement": lambda: atimport.explain("textwrap").statements[0],
}


@pytest.mark.parametrize("name", RESULTS)
def test_attribute_types(name: str) -> None:
    """The annotations are what the values are, as far as a simple annotation tells."""
    value = RESULTS[name]()
    for item in CLASSES[name].body:
        if isinstance(item, ast.FunctionDef):
            assert item.returns is not None
            found, declared = type(getattr(value, item.name)), ast.unparse(item.returns)
            if declared.startswith("Literal["):
                assert repr(getattr(value, item.name)) in declared
                continue
            expected = "None" if found is type(None) else found.__name__
            assert expected in declared, f"{item.name} is {expected}, declared {declared}"
            assert expected != "list", "results are immutable"
