"""Functions: readers, writers of globals, mutators, closures, defaults, generators, decorators.

    def f1(p=l1):               def f2():                    def deco1(f):                 def gen1():
        global n1                   c1 = []                      l1.append(f.__name__)         for v in l1[:3]:
        n1 += 1                     def inner(): …               return f                          yield v
        return p                    return inner()

Sorts by kind: `func` (no arguments needed), `mutator` (changes the list it is given), `decorator`, `maker` (returns a
generator), `recorder` (has effects outside; only ever called by a bare statement), `generic` (singledispatch).
Bodies are written late: they may speak of names that are bound later, or never.
"""

from __future__ import annotations

from .bindings import mutation
from .expressions import RETURNED
from .writer import Writer, indent, production

KINDS = ("int", "list", "dict", "str")


def body(w: Writer, low: int = 0, high: int = 2, *, outside: bool = False) -> str:
    """Write statements of a body, with the `global` declarations that they need in front."""
    declared: dict[str, None] = {}
    lines = [line for line in (step(w, declared) for _ in w.draws.repeat(low, high)) if line]
    if outside:
        lines.append(f"{w.now.want('note')}({w.now.of('any', 1)})")
    if declared:
        lines.insert(0, f"global {', '.join(declared)}")
    return "\n".join(lines)


def step(w: Writer, declared: dict[str, None]) -> str | None:
    """Write one statement of a body."""
    sort = w.draws.below(12)
    if sort <= 4:
        return mutation(w)
    if sort <= 7:
        kind = w.draws.pick(KINDS)
        value = w.now.of(kind, 1)
        known = [name for name in w.names.of(kind, late=True) if name in w.names.kinds]
        name = w.draws.pick(known) if known and not w.draws.chance(15) else w.names.foresee(kind)
        declared[name] = None
        if name in w.names.bound and w.draws.chance(40):
            return (
                f"{name} += {value}[:2]"
                if kind in ("list", "str")
                else f"{name} += {value}"
                if kind == "int"
                else f"{name} |= {value}"
            )
        return f"{name} = {value}"
    if sort == 8:
        name = w.now.callable("func")
        return f"{name}()" if name else None
    if sort == 9:
        inner = mutation(w)
        return f"for v in {w.now.of('list', 1)}[:2]:\n{indent(inner)}" if inner else None
    if sort == 10:
        inner = f"{mutation(w) or 'pass'}\nraise {w.now.want('Stop')}({w.now.of('int', 0)})"
        return f"try:\n{indent(inner)}\nexcept Stop:\n{indent(mutation(w) or 'pass')}"
    name = w.now.name("int")
    if name in w.names.kinds:
        return f'globals()["{name}"] = {w.now.of("int", 1)}'
    inner = mutation(w)
    return f"if {w.now.condition(0)}:\n{indent(inner)}" if inner else None


def new(w: Writer, kind: str, returns: str | None = None) -> str:
    """Return the name of a function to define: sometimes one that exists, if it returns the same kind."""
    known = [name for name in w.names.of(kind) if w.names.returns.get(name) == returns]
    if known and w.draws.chance(15):
        return w.draws.pick(known)
    return w.names.fresh(kind)


def define(w: Writer, name: str, signature: str, text: str, decorators: str = "") -> str:
    """Put a function together and bind it."""
    written = f"{decorators}def {name}{signature}:\n{indent(text)}"
    w.names.bind(name, written)
    return written


def decorators(w: Writer) -> str:
    """Write decorators for a function that needs no arguments."""
    text = ""
    if w.draws.chance(25):
        name = w.now.callable("decorator")
        if name:
            text += f"@{name}\n"
    if w.draws.chance(6):
        text += f"@{w.now.want('functools')}.lru_cache(maxsize=None)\n"
    if w.draws.chance(4):
        text += f"@{w.now.want('keep')}\n"
    return text


def annotation(w: Writer, prefix: str) -> str:
    """Write an annotation for a parameter or a result, evaluated now before 3.14."""
    if not w.draws.chance(15):
        return ""
    return prefix + w.draws.pick(
        ("int", '"later"', w.names.of("class")[0] if w.names.of("class") else "list", w.now.of("int", 0))
    )


@production(15, inside=5)
def function(w: Writer) -> str:
    returns = w.draws.pick(RETURNED)
    name = new(w, "func", returns)
    w.names.returns[name] = returns
    front = decorators(w)
    result = annotation(w, " -> ")
    sort = w.draws.below(10)
    if sort <= 5:
        text = w.later(name, lambda: "\n".join(filter(None, (body(w), f"return {w.now.of(returns)}"))))
        doc = '"""Say what."""\n' if w.draws.chance(15) else ""
        return define(w, name, f"(){result}", doc + text, front)
    if sort <= 7:
        default = w.now.of("list", 1)
        hint = annotation(w, ": ")
        w.now.local.append(("p", "list"))
        text = w.later(
            name,
            lambda: "\n".join(
                filter(
                    None,
                    (
                        f"p.append({w.now.of('any', 1)})" if w.draws.chance(60) else "",
                        body(w, 0, 1),
                        f"return {w.now.of(returns)}",
                    ),
                )
            ),
        )
        w.now.local.pop()
        return define(w, name, f"(p{hint}={default}){result}", text, front)
    if sort == 8:
        value = w.later(name, lambda: w.now.of(returns))
        other = w.later(name, lambda: w.now.of(returns, 1))
        inner = f"def inner():\n    nonlocal r\n    r = {other}\n    return r"
        return define(w, name, f"(){result}", f"r = {value}\n{inner}\ninner()\nreturn r", front)
    text = w.later(name, lambda: f"import recorder\nr = {w.now.of(returns)}\nreturn recorder.keep(r)")
    return define(w, name, f"(){result}", text, front)


@production(4, inside=1)
def closure(w: Writer) -> str:
    returns = w.draws.pick(("int", "list"))
    factory = w.names.fresh("any")
    name = w.names.fresh("func")
    w.names.returns[name] = returns
    inner = w.later(name, lambda: body(w, 0, 1))
    result = w.later(name, lambda: w.now.of(returns, 1))
    inner = "\n".join(
        filter(
            None,
            (
                inner,
                "kept.append(len(kept))",
                f"return (kept, {result})[{1 if returns == 'int' else w.draws.below(2)}]",
            ),
        )
    )
    start = w.now.of("list", 1)
    text = f"def {factory}(kept):\n    def inner():\n{indent(indent(inner))}\n    return inner"
    w.names.bind(factory, text)
    if w.draws.chance(30) and not w.depth:
        other = w.names.fresh("func")
        w.names.returns[other] = returns
        w.names.bind(other, text)
        w.imports()
        w.statements.append(text)
        w.names.bind(name, text + start)
        return f"{name} = {factory}({start})\n{other} = {factory}({w.now.of('list', 0)})"
    w.names.bind(name, text + start)
    return f"{text}\n{name} = {factory}({start})"


@production(5, inside=1)
def mutator(w: Writer) -> str:
    name = new(w, "mutator")
    w.now.local.append(("p", "list"))
    text = w.later(
        name,
        lambda: "\n".join(
            filter(
                None,
                (
                    f"p.append({w.now.of('any', 1)})" if not w.draws.chance(20) else "q = p\nq.insert(0, 5)",
                    body(w, 0, 1),
                    "return " + w.draws.pick(("None", "p", "[p]")),
                ),
            )
        ),
    )
    w.now.local.pop()
    return define(w, name, "(p)", text)


@production(4, inside=1)
def decorator(w: Writer) -> str:
    name = new(w, "decorator")
    sort = w.draws.below(5)
    effect = w.later(name, lambda: mutation(w) or "pass")
    known = w.now.name("dict")
    if sort == 0:
        text = f"{effect}\nreturn f"
    elif sort == 1:
        text = f"f.tag = {w.later(name, lambda: w.now.of('any', 1))}\nreturn f"
    elif sort == 2 and known:
        text = f'{known}["a"] = f\nreturn f'
    else:
        wraps = f"@{w.now.want('functools')}.wraps(f)\n" if sort == 3 else ""
        text = f"{wraps}def wrapped(*a):\n{indent(effect)}\n    return f(*a)\nreturn wrapped"
    return define(w, name, "(f)", text)


@production(3, inside=1)
def maker(w: Writer) -> str:
    name = new(w, "maker")

    def write() -> str:
        before = body(w, 0, 1)
        return "\n".join(
            filter(
                None,
                (
                    before,
                    f"for v in {w.now.of('list', 1)}[:3]:\n    yield {w.draws.pick(('v', w.now.of('any', 1)))}",
                    f"yield {w.now.of('any', 1)}",
                ),
            )
        )

    return define(w, name, "()", w.later(name, write))


@production(4, inside=1)
def recorder(w: Writer) -> str:
    name = w.names.fresh("recorder")
    return define(w, name, "()", w.later(name, lambda: body(w, 0, 1, outside=True)))


@production(2, depth=0)
def generic(w: Writer) -> str:
    known = w.names.of("generic")
    if known and w.draws.chance(60):
        name = w.draws.pick(known)
        kind = w.draws.pick(("int", "str", "list"))
        value = w.later(name, lambda: w.now.of("any", 1))
        w.names.mention(name, value)
        target = w.names.fresh("any")
        w.names.bind(target, f"{name} {value}")
        if w.draws.chance(40):
            argument = w.now.of(kind, 0)
            return f"{target} = {name}({argument})" if w.names.runnable(name) else None  # type: ignore[return-value]
        return f"@{name}.register({kind})\ndef _(v):\n    return {value}\n{target} = {name}"
    name = w.names.fresh("generic")
    return define(
        w,
        name,
        "(v)",
        f"return {w.later(name, lambda: w.now.of('any', 1))}",
        f"@{w.now.want('functools')}.singledispatch\n",
    )


@production(1)
def coroutine(w: Writer) -> str:
    name = w.names.fresh("any")
    return define(w, name, "(p=0)", f"return {w.later(name, lambda: w.now.of('any'))}").replace("def ", "async def ", 1)
