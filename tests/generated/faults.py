"""Planted faults: runners that execute modules wrongly on purpose, to prove that the generator notices.

Terms: a *fault* is a way of being wrong that a splitter may have; each is a runner that brings a module to life fully,
but in the order, or with the loss, that the fault would have led to. ``--fault NAME`` puts one in atimport's place.

    rebinding     statements run in touch order, needs first, but a name's earlier bindings are forgotten
    mutation      all bindings of a name stay in order; nobody looks at who changes an object
    effects       what has an effect outside runs last
    twice         a statement runs a second time
    aliasing      two names that shared a list do so no more
    order         the names are right, in another dict order
    none          plain execution: the control, in which no mismatch may be found

No part of it is an attempt at splitting: it knows the touch order beforehand, and has names, not effects.
"""

from __future__ import annotations

import ast
import types

from . import recorder
from .subject import Subject
from .touches import Touch
from .trial import Eager

FAULTS = ("none", "rebinding", "mutation", "effects", "twice", "aliasing", "order")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def binds(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, bodies of functions and classes aside."""
    if isinstance(statement, DEFINITIONS):
        return {statement.name}
    found: set[str] = set()
    work: list[ast.AST] = [statement]
    while work:
        node = work.pop()
        if isinstance(node, DEFINITIONS):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        if not isinstance(node, ast.Lambda):
            work.extend(ast.iter_child_nodes(node))
    return found


def reads(statement: ast.stmt) -> set[str]:
    """Return every name that a statement may read, now or in bodies that it defines."""
    found = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return found | (binds(statement) if isinstance(statement, ast.AugAssign) else set())


class Faulty(Eager):
    """Executes a module's statements with one of `FAULTS`."""

    def __init__(self, fault: str) -> None:
        """Be wrong in this way."""
        super().__init__()
        self.fault = fault
        self._touched: list[str] = []

    def load(self, subject: Subject, name: str, order: list[Touch]) -> types.ModuleType:
        """Bring the module to life, wrongly."""
        if self.fault in ("none", "aliasing", "order"):
            module = super().load(subject, name, order)
            self._spoil(vars(module))
            return module
        keys = list(vars(super().load(subject, name, order)))
        recorder.reset()
        self._touched = [touch.name for touch in order]
        module = super().load(subject, name, order)
        self._touched = []
        self._sort(vars(module), keys)
        return module

    def compiled(self, source: str, name: str) -> types.CodeType:
        """Compile the subject reordered, the others as they stand."""
        tree = ast.parse(source, f"{name}.py")
        if self._touched and not name.endswith(("s", "i")):
            tree.body = self._reordered(tree.body, self._touched)
        return compile(tree, f"{name}.py", "exec", dont_inherit=True)

    def _reordered(self, body: list[ast.stmt], touched: list[str]) -> list[ast.stmt]:
        start = 0
        while start < len(body) and isinstance(body[start], (ast.Expr, ast.ImportFrom)):
            start += 1  # a docstring and `from __future__` stay where they are
        head, body = body[:start], body[start:]
        if self.fault == "effects":
            late = [one for one in body if isinstance(one, ast.Expr) and "note" in reads(one)]
            return head + [one for one in body if one not in late] + late
        if self.fault == "twice":
            last = [one for one in body if isinstance(one, (ast.AugAssign, ast.Expr))][-1:]
            return head + body + last
        done: list[ast.stmt] = []

        def run(position: int) -> None:
            statement = body[position]
            if statement in running:
                return
            running.append(statement)
            for needed in sorted(reads(statement)):
                want(needed, position if needed in binds(statement) else len(body))
            done.append(statement)

        def want(name: str, before: int) -> None:
            binders = [number for number, one in enumerate(body[:before]) if name in binds(one)]
            for number in binders[-1:] if self.fault == "rebinding" else binders:
                run(number)

        running: list[ast.stmt] = []
        for number, one in enumerate(body):
            if not binds(one):
                run(number)
        for name in touched:
            want(name, len(body))
        bound = set().union(*map(binds, done)) if self.fault == "rebinding" else set()
        for number, one in enumerate(body):
            if not binds(one) & bound:
                run(number)
        return head + done

    def _spoil(self, namespace: dict[str, object]) -> None:
        if self.fault == "aliasing":
            lists: set[int] = set()
            for name, value in list(namespace.items()):
                if type(value) is list and id(value) in lists:
                    namespace[name] = list(value)
                lists.add(id(value))
        if self.fault == "order":
            self._sort(namespace, sorted(namespace))

    def _sort(self, namespace: dict[str, object], keys: list[str]) -> None:
        items = sorted(namespace.items(), key=lambda item: keys.index(item[0]) if item[0] in keys else len(keys))
        namespace.clear()
        namespace.update(items)
