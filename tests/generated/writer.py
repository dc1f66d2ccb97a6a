"""The module under construction: its statements so far, and how a new one is added.

Terms: a *production* is a function that writes one statement of a certain sort, or returns None where the names for it
are missing. It binds its names in `Writer.names` itself, because only it knows which are certain.

    @production(4)
    def append(w):                              # weight 4
        items = w.now.name("list")
        return items and f"{items}.append({w.now.of('any')})"

`PRODUCTIONS` holds them all, plainest first by convention of the files that fill it. Separate from those files so that
they can register, and so that compound statements can ask for inner ones without knowing them.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable

from .draws import Draws, spread
from .expressions import Expressions
from .names import Names

#: modules of the standard library that statements may want
LIBRARY = ("functools", "dataclasses", "enum", "typing", "collections", "itertools", "contextlib", "copy", "abc")


class Writer:
    """One module's statements, the names that they bind, and expressions over these."""

    def __init__(self, draws: Draws) -> None:
        """Start an empty module."""
        self.draws = draws
        self.names = Names(draws)
        self.now = Expressions(self.names)
        self.statements: list[str] = []
        #: how deep in compound statements the next statement stands; 0 is the top level
        self.depth = 0
        #: inside a `for` or `while`
        self.looping = False

    def add(self, text: str | None = None) -> None:
        """Write one more top-level statement, and before it the imports that it wants."""
        text = text or self.statement()
        self.imports()
        self.statements.append(text)

    def imports(self) -> None:
        """Write the imports that texts written since the last call want."""
        for name in self.now.wanted:
            if name in self.names.imported:
                continue
            self.names.imported.add(name)
            library = name in LIBRARY or name == "recorder"
            self.statements.append(f"import {name}" if library else f"from recorder import {name}")
        self.now.wanted.clear()

    def statement(self) -> str:
        """Write a statement that fits here."""
        productions = spread_once()[min(self.depth, 2)]
        for _ in range(8):
            text = self.draws.pick(productions)(self)
            if text:
                return text
        return self.assign(self.names.target("int"), self.now.of("int", 0))

    def assign(self, name: str, value: str) -> str:
        """Write the plainest binding."""
        self.names.bind(name, value)
        return f"{name} = {value}"

    def block(self, low: int = 1, high: int = 2) -> str:
        """Write indented statements, as the body of a compound one."""
        self.depth += 1
        lines = [self.statement() for _ in self.draws.repeat(low, high)]
        self.depth -= 1
        return indent("\n".join(lines))

    def branch(self, low: int = 1, high: int = 2) -> tuple[str, dict[str, None]]:
        """Write a block that may not run; returns what it certainly binds if it does, too."""
        before = self.names.mark()
        text = self.block(low, high)
        return text, self.names.branch(before)

    def later(self, name: str, write: Callable[[], str]) -> str:
        """Write a text that defines `name` and whose body runs late."""
        late, outer = self.now.late, name in self.now.defining
        self.now.defining.add(name)
        self.now.late = True
        text = write()
        self.now.late = late
        if not outer:
            self.now.defining.discard(name)
        return text


def indent(text: str) -> str:
    """Indent by four columns."""
    return textwrap.indent(text, "    ")


Production = Callable[[Writer], "str | None"]
#: by depth: at the top level, inside a compound statement, deeper
TABLES: tuple[list[tuple[int, Production]], ...] = ([], [], [])


@functools.cache
def spread_once() -> tuple[tuple[Production, ...], ...]:
    """Return the tables for `Draws.pick`, once all productions are registered."""
    return tuple(spread(table) for table in TABLES)


def production(weight: int, *, depth: int = 2, inside: int | None = None) -> Callable[[Production], Production]:
    """Register a production, for places at most `depth` compound statements deep; `inside` is its weight there."""

    def register(function: Production) -> Production:
        for place, table in enumerate(TABLES[: depth + 1]):
            table.append((weight if inside is None or place == 0 else inside, function))
        return function

    return register
