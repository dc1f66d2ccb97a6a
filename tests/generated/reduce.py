"""From a module that shows a mismatch to the smallest that still shows it.

Terms: an *edit* makes a syntax tree smaller in one place: it drops an element of a list (a statement, a decorator, an
argument), puts a compound statement's parts in its place, or an expression's child or a constant in the place of an
expression. An edit is kept when the trial still fails at the same stage, and the eager run still says something.

    smallest(subject, mismatch, fails)      # fails(subject) -> Mismatch | None

Works on the tree, not on draws: hypothesis shrinks what its own search has found (`Drawn`), but cutting a source in a
thousand places leads further, whoever made it.
"""

from __future__ import annotations

import ast
import copy
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from .subject import Subject
from .touches import Touch
from .trial import Mismatch

#: Seconds, after which what has been reached is good enough.
PATIENCE = 20.0
RAISED = re.compile(r"raised|[A-Z][A-Za-z]+(?:Error|Warning|Stop|Hung|TooBig)\b")
#: Expressions that bring in too much to say anything.
UNFIT = frozenset({"globals()", "globals", "recorder", "keep", "call"})
Edit = tuple[int, str, int, str]
Check = Callable[[Subject], "Mismatch | None"]


def smallest(subject: Subject, mismatch: Mismatch, fails: Check) -> tuple[Subject, Mismatch]:
    """Return the reduced case, with one order, and its mismatch."""
    best, found = replace(subject, orders=[subject.orders[mismatch.order]]), mismatch
    until = time.monotonic() + PATIENCE

    def accept(candidate: Subject) -> bool:
        nonlocal best, found
        if time.monotonic() > until:
            return False
        shown = fails(candidate)
        if shown is None or shown.stage != found.stage or kind(shown) != kind(found):
            return False
        best, found = candidate, shown
        return True

    fewer_touches(lambda: best, accept)
    accept(replace(best, sibling=None))
    accept(replace(best, imported=False))
    fewer_statements(lambda: best.source, lambda source: accept(replace(best, source=source)))
    progress = True
    while progress and time.monotonic() < until:
        progress = smaller_tree(lambda: best, accept)
        progress |= fewer_touches(lambda: best, accept)
    if best.sibling is not None and not accept(replace(best, sibling=None)):
        fewer_statements(lambda: best.sibling or "", lambda sibling: accept(replace(best, sibling=sibling)))
    return best, found


def kind(mismatch: Mismatch) -> str:
    """Return what has to stay the same while reducing: which exceptions show in the difference, if any."""
    return " ".join(sorted(set(RAISED.findall(mismatch.difference))))


def fewer_touches(best: Callable[[], Subject], accept: Callable[[Subject], bool]) -> bool:
    """Drop touches, then make what is left attribute accesses."""
    progress = False
    size = max(1, len(best().orders[0]) // 2)
    while size:
        position = 0
        while position < len(best().orders[0]):
            order = best().orders[0]
            if accept(replace(best(), orders=[order[:position] + order[position + size :]])):
                progress = True
            else:
                position += size
        size //= 2
    for position, touch in enumerate(best().orders[0]):
        if touch.route != "get":
            order = list(best().orders[0])
            order[position] = Touch("get", touch.name)
            progress |= accept(replace(best(), orders=[order]))
    return progress


def fewer_statements(best: Callable[[], str], accept: Callable[[str], bool]) -> None:
    """Drop runs of top-level statements of a source, longest first."""
    size = max(1, len(ast.parse(best()).body) // 2)
    while size:
        position = 0
        while True:
            tree = ast.parse(best())
            if position >= len(tree.body):
                break
            del tree.body[position : position + size]
            if not accept(written(tree)):
                position += size
        size //= 2


def smaller_tree(best: Callable[[], Subject], accept: Callable[[Subject], bool]) -> bool:
    """Try every edit once, going on from each that is kept."""
    progress = False
    skip = 0
    while True:
        tree = ast.parse(best().source)
        for number, edit in enumerate(edits(tree)):
            if number < skip:
                continue
            source = applied(tree, edit)
            if source is not None and source != best().source and accept(replace(best(), source=source)):
                progress, skip = True, number
                break
        else:
            return progress


def edits(tree: ast.Module) -> Iterator[Edit]:
    """Yield (number of the node in `ast.walk`'s order, field, index in the field or -1, what to put there)."""
    for number, node in enumerate(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                for index in range(len(value) - 1, -1, -1):
                    yield number, field, index, "drop"
                    if isinstance(value[index], ast.stmt) and hasattr(value[index], "body"):
                        yield number, field, index, "parts"
                    if isinstance(value[index], ast.expr):
                        for plain in plainer(value[index]):
                            yield number, field, index, plain
            elif isinstance(value, ast.expr) and field not in ("target", "func"):
                if field in ("returns", "annotation", "guard", "optional_vars", "value"):
                    yield number, field, -1, "drop"
                for plain in plainer(value):
                    yield number, field, -1, plain


def plainer(value: ast.expr) -> Iterator[str]:
    """Yield sources that may stand in an expression's place."""
    text = ast.unparse(value)
    for node in ast.walk(value):
        if node is not value and isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store):
            inner = ast.unparse(node)
            if inner not in UNFIT:
                yield inner
    for constant in ("0", "1", "[]"):
        if text != constant and not isinstance(value, ast.Constant):
            yield constant


def applied(tree: ast.Module, edit: Edit) -> str | None:
    """Return the source after an edit; None when it makes no sense."""
    number, field, index, what = edit
    changed = copy.deepcopy(tree)
    node = next(node for position, node in enumerate(ast.walk(changed)) if position == number)
    place = getattr(node, field)
    try:
        if what == "drop" and index >= 0:
            del place[index]
        elif what == "drop":
            setattr(node, field, None)
        elif what == "parts":
            place[index : index + 1] = parts(place[index])
        elif index >= 0:
            place[index] = ast.parse(what, mode="eval").body
        else:
            setattr(node, field, ast.parse(what, mode="eval").body)
        if field == "body" and isinstance(place, list) and not place and not isinstance(node, ast.Module):
            place.append(ast.Pass())
        source = written(changed)
        compile(source, "reduced", "exec")
    except (SyntaxError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None
    return source


def parts(statement: ast.stmt) -> list[ast.stmt]:
    """Return the statements inside a compound statement."""
    found: list[ast.stmt] = []
    for field in ("body", "handlers", "orelse", "finalbody"):
        for inner in getattr(statement, field, ()):
            found += inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
    return found


def written(tree: ast.Module) -> str:
    """Return the source of a tree."""
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
