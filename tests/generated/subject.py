"""A whole generated module: its declaration, its statements, its sibling, and the orders in which it will be touched.

Terms: the *subject* is the module under test; its *sibling* is a second generated module that it may import from, with
or without a star; its *importer* is a third one, which only star-imports it.

    from __future__ import annotations      # sometimes
    __at_import__ = None                    # or a hook, in either form
    from g12s import *
    n1 = 3
    …

The question answered here is "what is in one case?", as opposed to the productions, which write single statements.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import bindings, classes, control, functions  # noqa: F401  (their productions register themselves)
from .draws import Draws
from .touches import Touch, touches
from .writer import Writer, indent

#: Stands for the module's name in sources, so that the same case can run under any name.
PLACE = "SUBJECT"
#: Source of the importer.
IMPORTER = f"__at_import__ = None\nfrom {PLACE} import *\n"


@dataclass
class Subject:
    """One case: sources with `PLACE` for the name, and a list of touches for each order."""

    source: str
    sibling: str | None = None
    #: the importer is there
    imported: bool = False
    orders: list[list[Touch]] = field(default_factory=list)
    #: top-level statements
    statements: int = 0

    def text(self, name: str) -> str:
        """Return the source of the module under a name."""
        return self.source.replace(PLACE, name)

    def sibling_text(self, name: str) -> str:
        """Return the source of the sibling of the module called `name`."""
        return (self.sibling or "").replace(PLACE, name)


def subject(draws: Draws, orders: int) -> Subject:
    """Draw a case."""
    w = Writer(draws)
    head = []
    if draws.chance(15):
        head.append('"""A generated module."""')
    if draws.chance(20):
        head.append("from __future__ import annotations")
    sibling = sibling_of(w) if draws.chance(20) else None
    imported = draws.chance(20)
    exports = dict(w.names.kinds)
    for kind in draws.pick((("list", "int"), (), ("list",), ("int", "dict", "list"), ("list", "list"))):
        w.add(w.assign(w.names.fresh(kind), w.now.literal(kind)))
    star_at = draws.below(6) if sibling else -1
    for number in draws.repeat(3, 3 + draws.below(23)):
        if number == star_at:
            star(w, exports)
        w.add()
    if draws.chance(8):
        module_getattr(w)
    if draws.chance(10):
        listed(w)
    if draws.chance(3):
        w.statements.append(f"if {w.now.condition()}:\n    raise ValueError({w.now.of('int', 1)})")
        w.imports()
    declaration, tail = declared(w) if draws.chance(20) else ("__at_import__ = None", "")
    position = draws.below(len(w.statements) + 1) if draws.chance(10) and tail == "" else 0
    statements = [*w.statements[:position], declaration, *w.statements[position:], *filter(None, [tail])]
    touched = [name for name in w.names.kinds if name in w.names.bound or name in w.names.maybe]
    # spec/deviations.md: a client's change of an object which the module got from a call may be seen too early
    kinds = {name: "any" if kind == "list" and w.names.is_given(name) else kind for name, kind in w.names.kinds.items()}
    return Subject(
        source="\n".join([*head, *statements]) + "\n",
        sibling=sibling,
        imported=imported,
        statements=len(head) + len(statements),
        orders=[touches(draws, touched + list(w.names.shadows), kinds, imported) for _ in range(orders)],
    )


def declared(w: Writer) -> tuple[str, str]:
    """Write a hook, and the portable last line or nothing."""
    functions_ = [name for name in w.names.of("func") if w.names.runnable(name)]
    late = w.later("__at_import__", lambda: functions.body(w, 0, 2, outside=w.draws.chance(60)))
    if not w.names.runnable(late):
        late = ""
    lines = [late] if late else []
    if functions_ and w.draws.chance(50):
        lines.append(f"note({w.draws.pick(functions_)}())")
        w.now.want("note")
    if w.draws.chance(20):
        name = w.names.target("int")
        w.names.bind(name, "")
        lines.append(f"return {{'{name}': 9}}" if f"global {name}" not in late else "return None")
    w.imports()
    portable = w.draws.chance(40) and not (lines and lines[-1].startswith("return {"))
    return "def __at_import__():\n" + indent("\n".join(lines) or "pass"), "__at_import__()" if portable else ""


def module_getattr(w: Writer) -> None:
    """Write a module `__getattr__`."""
    value = w.later("__getattr__", lambda: w.now.of("any", 1))
    known = w.names.of("list")
    asked = f"    {w.draws.pick(known)}.append(name)\n" if known and w.draws.chance(30) else ""
    w.imports()
    w.statements.append(
        "def __getattr__(name):\n    if not name.startswith('dyn'):\n        raise AttributeError(name)\n"
        f"{asked}    return (name, {value})"
    )


def listed(w: Writer) -> None:
    """Write `__all__`, and sometimes a change of it."""
    known = [name for name in w.names.bound if name in w.names.kinds]
    w.statements.append(f"__all__ = {w.draws.shuffled(known)[:4]!r}")
    if known and w.draws.chance(50):
        w.statements.append(f"__all__ += {[w.draws.pick(known)]!r}")


def sibling_of(w: Writer) -> str:
    """Write a sibling, whose names are the first that the subject knows of."""
    lines = ["__at_import__ = None"] if w.draws.chance(50) else []
    for kind in ("int", "str", "tuple", "func", "int"):
        name = w.names.fresh(kind)
        w.names.maybe[name] = None
        value = w.now.literal(kind) if kind != "func" else f"lambda: {next(iter(w.names.kinds))} + 1"
        if kind == "func":
            w.names.returns[name] = "int"
        elif w.draws.chance(40):
            value = f"{kind}({value})"  # a literal is bound at import
        lines.append(
            f"{name} = {value}" if w.draws.chance(60) else f"_t = 2\n{name} = {value}\nif _t:\n    {name} = {value}"
        )
    if w.draws.chance(30):
        exported = [name for name in w.names.kinds if w.draws.chance(70)]
        lines.append(f"__all__ = {exported!r}")
        lines.append("_hidden = 1")
    return "\n".join(lines) + "\n"


def star(w: Writer, exports: dict[str, str]) -> None:
    """Write an import from the sibling."""
    if w.draws.chance(60):
        w.statements.append(f"from {PLACE}s import *")
        for name in exports:
            w.names.maybe.setdefault(name, None)
    elif w.draws.chance(50):
        name = w.draws.pick(list(exports))
        w.statements.append(f"from {PLACE}s import {name}")
        w.names.bind(name, " ".join(exports))
    else:
        target = w.names.fresh("any")
        name = w.draws.pick(list(exports))
        w.names.bind(target, "")
        w.statements.append(f"import {PLACE}s as {target}")
        other = w.names.fresh("any")
        w.names.bind(other, target)
        w.statements.append(f"{other} = {target}.{name}")
