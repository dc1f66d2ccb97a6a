"""Expressions of a wanted kind, out of the names there are.

Terms: an expression is written *now* (it runs in the statement being written, so all it touches must be bound) or *late*
(it runs when a body is called, so it may speak of names that are bound later, or never).

    of("list")     l1   |   [n2, s1]   |   keep(l1)   |   f3()   |   C1.items   |   l1 + [o2]   |   globals()["l1"] …

Each row of `TABLES` is one shape with its weight, plainest first; a shape that needs what isn't there returns None and
a literal stands in. Kinds are kept: whatever `of("int")` returns is an int whenever it runs. Values grow by addition
only, so that no loop of a generated module makes them huge. Separate from `statements`, which decides where they stand.
"""

from __future__ import annotations

from collections.abc import Callable

from .draws import spread
from .names import Names

CONTAINERS = ("list", "dict", "set", "tuple", "str")
ANY = ("int", "list", "str", "dict", "tuple", "inst", "func", "set", "class", "iter", "registry")
RETURNED = ("int", "list", "dict", "str", "int", "list")


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
        made = None
        if depth > 0:
            made = self.draws.pick(TABLES[kind])(self, depth - 1)
        return made or (self.name(kind) if self.draws.chance(85) else None) or self.literal(kind)

    def body(self, kind: str, depth: int = 2, local: tuple[tuple[str, str], ...] = ()) -> str:
        """Return an expression that runs late, in a body with these further local names."""
        late, before = self.late, list(self.local)
        self.late = True
        self.local += local
        text = self.of(kind, depth)
        self.late, self.local = late, before
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
        """Return a function, to be called without arguments, that returns a kind."""
        known = [
            name
            for name in self.names.of("func", late=self.late)
            if self.names.returns.get(name) == kind and self.may_call(name)
        ]
        return self.draws.pick(known) if known else None

    def want(self, what: str) -> str:
        """Return a name that must be imported before the statement."""
        self.wanted[what] = None
        return what

    def condition(self, depth: int = 1) -> str:
        """Return an expression for a test."""
        return self.draws.pick(CONDITIONS)(self, depth) or f"{self.of('int', depth)} > 1"


Shape = Callable[[Expressions, int], str | None]


def named(template: str, *kinds: str) -> Shape:
    """Make a shape out of a template and the kinds of the names in it."""

    def shape(self: Expressions, depth: int) -> str | None:
        found = [self.name(kind) for kind in kinds]
        return template.format(*found) if all(found) else None

    return shape


def called(template: str, *kinds: str) -> Shape:
    """Make a shape out of a template and the kinds of the callable names in it."""

    def shape(self: Expressions, depth: int) -> str | None:
        found = [self.callable(kind) for kind in kinds]
        return template.format(*found) if all(found) else None

    return shape


def nested(template: str, *kinds: str) -> Shape:
    """Make a shape out of a template and the kinds of the expressions in it; ``$name`` is imported from outside."""
    wanted = [word[1:] for word in template.replace("(", " ").replace(".", " ").split() if word.startswith("$")]
    template = template.replace("$", "")

    def shape(self: Expressions, depth: int) -> str | None:
        for name in wanted:
            self.want(name)
        return template.format(*(self.of(kind, depth) for kind in kinds))

    return shape


def returned(kind: str) -> Shape:
    """Make a shape that calls a local function which returns the kind."""

    def shape(self: Expressions, depth: int) -> str | None:
        function = self.returning(kind)
        if function is None:
            return None
        if self.draws.chance(8):
            return f"{self.want('call')}({function})"
        return f"{function}()"

    return shape


def conditional(kind: str) -> Shape:
    """Make a shape that chooses between two expressions."""
    return lambda self, depth: f"({self.of(kind, depth)} if {self.condition(depth)} else {self.of(kind, depth)})"


def by_key(kind: str) -> Shape:
    """Make a shape that reads a global by a constant key."""

    def shape(self: Expressions, depth: int) -> str | None:
        name = self.name(kind)
        return f'globals()["{name}"]' if name and name in self.names.kinds else None

    return shape


def function_literal(self: Expressions, depth: int) -> str:
    """Write a lambda without parameters."""
    return f"(lambda: {self.body(self.draws.pick(RETURNED), depth)})"


def late_default(self: Expressions, depth: int) -> str:
    """Write a lambda whose default is evaluated now."""
    return f"(lambda v={self.of('any', depth)}: v)"


def lazily(self: Expressions, depth: int) -> str:
    """Write a generator expression: its first iterable is read now, its element late."""
    return f"(v if isinstance(v, int) else {self.body('int', 1)} for v in {self.of('list', depth)}[:4])"


def container(self: Expressions, depth: int) -> str:
    """Measure something."""
    return f"len({self.of(self.draws.pick(CONTAINERS), depth)})"


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
}  # fmt: skip

WEIGHTS: dict[str, list[tuple[int, Shape]]] = {
    "int": [
        (3, lambda self, depth: self.literal("int")), (14, named("{}", "int")), (8, container), (6, nested("({} + {})", "int", "int")),
        (3, nested("({} - {})", "int", "int")), (6, returned("int")), (3, conditional("int")), (3, named("{}.n", "class")),
        (2, called("{}().total", "class")), (2, called("{}.get()", "inst")), (2, by_key("int")), (1, nested("$double({})", "int")),
        (2, nested("$push({}, {})", "list", "any")), (1, nested("sum(1 for v in {} if v)", "list")), (1, nested("max({}, {})", "int", "int")),
        (1, nested("(lambda v: v + 1)({})", "int")), (2, called("(next({}, 0), 4)[1]", "iter")), (1, nested("$keep({})", "int")),
    ],
    "str": [
        (2, lambda self, depth: self.literal("str")), (8, named("{}", "str")), (4, nested("str({})", "int")), (2, named("{}.__name__", "class")),
        (2, returned("str")), (1, conditional("str")), (2, nested("({} + {})[:6]", "str", "str")), (2, nested("f'{{{}}}'", "int")),
        (1, lambda self, depth: "__name__[:1]"), (1, by_key("str")),
    ],
    "list": [
        (3, lambda self, depth: self.literal("list")), (14, named("{}", "list")), (5, nested("[{}]", "any")), (5, nested("[{}, {}]", "any", "any")),
        (3, nested("list({})", "list")), (3, nested("{}[:]", "list")), (3, nested("({} + {})[:5]", "list", "list")),
        (4, nested("[v for v in {}[:4]]", "list")), (5, returned("list")), (2, conditional("list")), (4, named("{}.items", "class")),
        (2, named("{}.items", "inst")), (2, named('{}.setdefault("ls", [])', "dict")), (2, by_key("list")), (3, nested("$keep({})", "list")),
        (2, nested("$wrap({})", "any")), (2, nested("sorted({})", "set")), (2, nested("[*{}, {}]", "tuple", "any")),
        (1, nested("[(v, {}) for v in range(2)]", "any")), (2, called("list({})", "iter")), (1, named("list({}.items())", "dict")),
        (1, nested("sorted([3, 1, 2], key=lambda v: ({}, v)[1])", "any")), (1, nested("({} or [])", "list")),
    ],
    "dict": [
        (2, lambda self, depth: self.literal("dict")), (9, named("{}", "dict")), (5, nested('{{"a": {}}}', "any")), (2, nested("dict({})", "dict")),
        (2, nested("{{**{}, 'b': {}}}", "dict", "any")), (2, returned("dict")), (1, conditional("dict")), (1, by_key("dict")),
        (1, nested("{{k: v for k, v in {}.items()}}", "dict")), (1, nested("$keep({})", "dict")), (1, nested('dict(a={}, b={})', "any", "any")),
    ],
    "set": [(3, lambda self, depth: self.literal("set")), (6, named("{}", "set")), (2, nested("{{{}, {}}}", "int", "int")), (2, nested("({} | {})", "set", "set"))],
    "tuple": [
        (3, lambda self, depth: self.literal("tuple")), (6, named("{}", "tuple")), (4, nested("({}, {})", "list", "int")),
        (3, nested("tuple({})", "list")), (1, nested("tuple({}.values())", "dict")), (1, nested("({}, {})", "func", "inst")),
    ],
    "func": [(5, function_literal), (7, named("{}", "func")), (2, late_default), (2, named("{}.get", "inst")), (1, nested("$keep({})", "func"))],
    "class": [(1, named("{}", "class")), (8, named("{}", "class"))],
    "inst": [(6, called("{}()", "class")), (5, named("{}", "inst")), (1, called("{}().add(3)", "class")), (1, nested("$keep({})", "inst"))],
    "iter": [
        (4, nested("iter({}[:5])", "list")), (5, named("{}", "iter")), (3, lazily), (3, called("{}()", "maker")),
        (1, nested("map(lambda v: {}, [1, 2])", "any")), (2, nested("iter({})", "list")), (1, nested("enumerate({}[:3])", "list")),
        (1, nested("zip({}, [1, 2])", "list")), (1, nested("filter(None, {})", "list")),
    ],
    "registry": [(1, named("{}", "registry"))],
}  # fmt: skip

TABLES = {kind: spread(table) for kind, table in WEIGHTS.items()}
CONDITIONS = spread([
    (5, nested("{} > 1", "int")), (3, nested("{}", "list")), (2, nested("not {}", "list")), (2, named("{} is {}", "list", "list")),
    (2, nested('"a" in {}', "dict")), (2, nested("len({}) % 2", "list")), (1, named("isinstance({}, {})", "inst", "class")),
    (1, nested("{} in (1, 2)", "int")), (1, nested("{} == 1 or {} > 3", "int", "int")), (1, lambda self, depth: "True"),
])  # fmt: skip
