"""Expressions of a wanted kind, out of the names there are.

Terms: an expression is written *now* (it runs in the statement being written, so all it touches must be bound) or
*late* (it runs when a body is called, so it may speak of names that are bound later, or never). A *shape* is a text
with places in it:

    <int>    an expression of that kind        <=list>   a name             <@list>   a global name
    <~int>   an expression that runs late      <!class>  a name that may be called here
    <&int>   a call of a local function that returns an int     <?>  a test     $keep   a name from outside

    of("list")     l1   |   [n2, s1]   |   keep(l1)   |   f3()   |   C1.items   |   l1 + [o2]   |   globals()["l1"] …

`SHAPES` holds them by kind with their weights, plainest first; where one needs what isn't there, a name or a literal
stands in. Kinds are kept: whatever `of("int")` returns is an int whenever it runs. Values grow by addition only, so
that no loop of a generated module makes them huge. Separate from the statements, which decide where they stand.
"""

from __future__ import annotations

import functools
import re

from .draws import spread
from .names import Names

ANY = ("int", "list", "str", "dict", "tuple", "inst", "func", "set", "class", "iter", "registry")
RETURNED = ("int", "list", "dict", "str", "int", "list")
PLACE = re.compile(r"<([=@~!&?]?)([a-z]*)>|\$([A-Za-z_]+)")


class Missing(Exception):
    """A shape needs what isn't there."""


class Expressions:
    """Writes expressions; `late`, `local` and `defining` say where the next one will stand."""

    def __init__(self, names: Names) -> None:
        """Use these names and their draws."""
        self.names = names
        self.draws = names.draws
        self.late = False
        #: parameters and local variables that may be used: (text, kind)
        self.local: list[tuple[str, str]] = []
        #: names that are being defined by the text: calling them from it would recurse
        self.defining: set[str] = set()
        #: modules and outside names that the text uses and the module must import first
        self.wanted: dict[str, None] = {}

    def of(self, kind: str, depth: int = 2) -> str:
        """Return an expression of a kind, at most `depth` levels deep."""
        if kind == "any":
            kind = self.draws.pick(ANY)
        if depth > 0:
            try:
                return self.fill(self.draws.pick(SHAPES[kind]), depth - 1)
            except Missing:
                pass
        return (self.name(kind) if self.draws.chance(85) else None) or self.literal(kind)

    def fill(self, shape: str, depth: int) -> str:
        """Return a shape with its places filled; raises `Missing`."""
        return "".join(part if type(part) is str else self.place(*part, depth) for part in parts(shape))

    def place(self, mark: str, kind: str, depth: int) -> str:
        """Return what stands in one place."""
        found: str | None
        match mark:
            case "":
                return self.of(kind, depth)
            case "~":
                return self.body(kind, depth)
            case "?":
                return self.condition(depth)
            case "$":
                return self.want(kind)
            case "=":
                found = self.name(kind)
            case "@":
                found = self.name(kind)
                found = found if found in self.names.kinds else None
            case "!":
                found = self.callable(kind)
            case _:
                found = self.returning(kind)
        if found is None:
            raise Missing
        return found

    def body(self, kind: str, depth: int = 2) -> str:
        """Return an expression that runs late."""
        late, self.late = self.late, True
        text = self.of(kind, depth)
        self.late = late
        return text

    def literal(self, kind: str) -> str:
        """Return an expression of a kind that needs no other name."""
        if kind in ("class", "inst"):
            self.want("make_class")
        return self.draws.pick(LITERALS[kind])

    def name(self, kind: str) -> str | None:
        """Return a name of a kind that may be used here."""
        known = self.names.of(kind, late=self.late) + [text for text, of in self.local if of == kind]
        if self.late and self.draws.chance(10):
            return self.names.foresee(kind) if kind in ("int", "list", "dict", "str") else None
        return self.draws.pick(known) if known else None

    def callable(self, kind: str) -> str | None:
        """Return a name of a kind that may be called (instantiated, iterated) here."""
        known = [name for name in self.names.of(kind, late=self.late) if self.may_call(name)]
        return self.draws.pick(known) if known else None

    def may_call(self, name: str) -> bool:
        """Whether calling this name here neither fails for a missing name nor recurses."""
        if self.late:
            return not self.defining or not (self.names.reach(name) & self.defining)
        return self.names.runnable(name)

    def returning(self, kind: str) -> str | None:
        """Return a call of a function that needs no arguments and returns a kind."""
        known = [
            name
            for name in self.names.of("func", late=self.late)
            if self.names.returns.get(name) == kind and self.may_call(name)
        ]
        if not known:
            return None
        name = self.draws.pick(known)
        return f"{self.want('call')}({name})" if self.draws.chance(8) else f"{name}()"

    def want(self, what: str) -> str:
        """Return a name that must be imported before the statement."""
        self.wanted[what] = None
        return what

    def condition(self, depth: int = 1) -> str:
        """Return an expression for a test."""
        try:
            return self.fill(self.draws.pick(CONDITIONS), depth)
        except Missing:
            return f"{self.of('int', depth)} > 1"


@functools.cache
def parts(shape: str) -> tuple[str | tuple[str, str], ...]:
    """Take a shape apart into texts and places (mark, kind)."""
    found: list[str | tuple[str, str]] = []
    end = 0
    for place in PLACE.finditer(shape):
        found.append(shape[end : place.start()])
        found.append(("$", place[3]) if place[3] else (place[1], place[2]))
        end = place.end()
    return (*found, shape[end:])


LITERALS = {
    "int": ("0", "1", "2", "3", "7"),
    "str": ('""', '"p"', '"q"'),
    "list": ("[]", "[1]", "[2, 3]"),
    "dict": ("{}", '{"a": 1}', '{"b": []}'),
    "set": ("set()", "{1, 2}"),
    "tuple": ("()", "(1, 2)"),
    "func": ("(lambda: 0)", "(lambda: [])"),
    "class": ("make_class()",),
    "inst": ("make_class()()",),
    "iter": ("iter([1, 2, 3])", "iter(range(3))"),
    "registry": ("[]",),
}

WEIGHTS: dict[str, list[tuple[int, str]]] = {
    "int": [
        (1, "0"), (1, "2"), (1, "3"), (14, "<=int>"), (3, "len(<list>)"), (2, "len(<dict>)"), (1, "len(<set>)"),
        (1, "len(<tuple>)"), (1, "len(<str>)"), (6, "(<int> + <int>)"), (3, "(<int> - <int>)"), (6, "<&int>"),
        (3, "(<int> if <?> else <int>)"), (3, "<=class>.n"), (2, "<!class>().total"), (2, "<!inst>.get()"),
        (2, 'globals()["<@int>"]'), (1, "$double(<int>)"), (2, "$push(<list>, <any>)"), (1, "max(<int>, <int>)"),
        (1, "sum(1 for v in <list> if v)"), (1, "(lambda v: v + 1)(<int>)"), (2, "(next(<!iter>, 0), 4)[1]"),
        (1, "$keep(<int>)"),
    ],
    "str": [
        (1, '""'), (1, '"p"'), (8, "<=str>"), (4, "str(<int>)"), (2, "<=class>.__name__"), (2, "<&str>"),
        (1, "(<str> if <?> else <str>)"), (2, "(<str> + <str>)[:6]"), (2, "f'{<int>}'"), (1, "__name__[:1]"),
        (1, 'globals()["<@str>"]'),
    ],
    "list": [
        (2, "[]"), (1, "[2, 3]"), (14, "<=list>"), (5, "[<any>]"), (5, "[<any>, <any>]"), (3, "list(<list>)"),
        (3, "<list>[:]"), (3, "(<list> + <list>)[:5]"), (4, "[v for v in <list>[:4]]"), (5, "<&list>"),
        (2, "(<list> if <?> else <list>)"), (4, "<=class>.items"), (2, "<=inst>.items"), (3, "$keep(<list>)"),
        (2, '<=dict>.setdefault("ls", [])'), (2, 'globals()["<@list>"]'), (2, "$wrap(<any>)"), (2, "sorted(<set>)"),
        (2, "[*<tuple>, <any>]"), (1, "[(v, <any>) for v in range(2)]"), (2, "list(<!iter>)"), (1, "(<list> or [])"),
        (1, "list(<=dict>.items())"), (1, "sorted([3, 1, 2], key=lambda v: (<any>, v)[1])"),
    ],
    "dict": [
        (1, "{}"), (1, '{"b": []}'), (9, "<=dict>"), (5, '{"a": <any>}'), (2, "dict(<dict>)"), (2, "<&dict>"),
        (2, "{**<dict>, 'b': <any>}"), (1, "(<dict> if <?> else <dict>)"), (1, 'globals()["<@dict>"]'),
        (1, "{k: v for k, v in <dict>.items()}"), (1, "$keep(<dict>)"), (1, "dict(a=<any>, b=<any>)"),
    ],
    "set": [(2, "set()"), (1, "{1, 2}"), (6, "<=set>"), (2, "{<int>, <int>}"), (2, "(<set> | <set>)")],
    "tuple": [
        (2, "()"), (1, "(1, 2)"), (6, "<=tuple>"), (4, "(<list>, <int>)"), (3, "tuple(<list>)"),
        (1, "tuple(<dict>.values())"), (1, "(<func>, <inst>)"),
    ],
    "func": [
        (2, "(lambda: <~int>)"), (2, "(lambda: <~list>)"), (1, "(lambda: <~dict>)"), (7, "<=func>"),
        (2, "(lambda v=<any>: v)"), (2, "<=inst>.get"), (1, "$keep(<func>)"),
    ],
    "class": [(1, "<=class>")],
    "inst": [(6, "<!class>()"), (5, "<=inst>"), (1, "<!class>().add(3)"), (1, "$keep(<inst>)")],
    "iter": [
        (4, "iter(<list>[:5])"), (5, "<=iter>"), (3, "<!maker>()"), (2, "iter(<list>)"), (1, "enumerate(<list>[:3])"),
        (3, "(v if isinstance(v, int) else <~int> for v in <list>[:4])"), (1, "map(lambda v: <any>, [1, 2])"),
        (1, "zip(<list>, [1, 2])"), (1, "filter(None, <list>)"),
    ],
    "registry": [(1, "<=registry>")],
}  # fmt: skip
SHAPES = {kind: spread(table) for kind, table in WEIGHTS.items()}

CONDITIONS = spread([
    (5, "<int> > 1"), (3, "<list>"), (2, "not <list>"), (2, "<=list> is <=list>"), (2, '"a" in <dict>'),
    (2, "len(<list>) % 2"), (1, "isinstance(<=inst>, <=class>)"), (1, "<int> in (1, 2)"),
    (1, "<int> == 1 or <int> > 3"), (1, "True"),
])  # fmt: skip
