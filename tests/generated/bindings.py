"""Simple statements: bindings of every sort, mutation, deletion, and effects outside.

    a, b = b, a          n1 += 2             C1.n = n1              l1[:1] = [o1]         del n3
    l1.append(d1)        f2.tag = l1         globals()["n1"] = 4    note(l1)              REGISTRY["k"] = n1

Kinds are kept, and nothing here draws from what is shared with the outside: these are modules that keep the promise.
Effects on the outside (`note`, `REGISTRY`, `box`) stand in statements of their own, never in a binding.
"""

from __future__ import annotations

import functools

from .expressions import ANY, PLACE, RETURNED, Missing
from .writer import Writer, production

MUTATIONS = (
    "<=list>.append(<any>)", "<=list> += [<any>]", "<=list>.insert(0, <any>)", "<=list>[:1] = [<any>]",
    "<=list>.extend([<any>, <int>])", "<=list>.clear()", "<=list>.reverse()", "del <=list>[:1]",
    "<=list>.append(<list>)", '<=dict>["a"] = <any>', "<=dict>.update(b=<any>)", '<=dict>.pop("a", None)',
    '<=dict>["c"] = <list>', "<=set>.add(<int>)", "<=set> |= {<int>}", "<=set>.discard(1)", "<=class>.n = <int>",
    "<=class>.items = <list>", "<=class>.items.append(<any>)", "<=inst>.n = <int>", "<=inst>.extra = <any>",
    "<=inst>.items.append(<any>)", "<=func>.tag = <any>", '<=dict>.setdefault("ls", []).append(<any>)',
    "[v.append(<int>) for v in <=list>[:3] if type(v) is list]", "setattr(<=class>, 'n', <int>)",
    "[v.append(<int>) for v in <=dict>.values() if type(v) is list]", "<=registry>.append(<func>)", "<=class>.get = lambda self: <~int>",
)  # fmt: skip


def mutation(w: Writer) -> str | None:
    """Write a statement that changes an object; bodies of functions use it, too."""
    shape = w.draws.pick(MUTATIONS)
    place, owner = next((place[0], place[2]) for place in PLACE.finditer(shape) if place[1] == "=")
    name = w.now.name(owner)
    if name is None or (w.now.late and ("+=" in shape or "|=" in shape)):
        return None  # an augmented assignment would make the name local to a body
    shape = shape.replace(place, name, 1)
    filled = functools.partial(w.now.fill, shape, 1)
    text = w.later(name, filled) if "lambda" in shape else filled()
    if name in w.names.kinds and owner in ("class", "inst", "registry"):
        w.names.mention(name, text)
    return text


production(20)(mutation)


@production(16)
def assign(w: Writer) -> str:
    kind = w.draws.pick(ANY)
    if kind == "func":
        return lambda_(w)
    return w.assign(w.names.target(kind), w.now.of(kind)) if kind != "iter" else steps(w)


@production(8)
def alias(w: Writer) -> str | None:
    kind = w.draws.pick(("list", "dict", "class", "func", "inst", "set", "iter"))
    name = w.now.name(kind)
    if name is None:
        return None
    target = w.names.target(kind, rebind=15)
    if kind == "func" and (
        w.names.returns.get(target, w.names.returns.get(name)) != w.names.returns.get(name)
        or target in w.names.reach(name)
    ):
        return None
    if name in w.names.returns:
        w.names.returns[target] = w.names.returns[name]
    return w.assign(target, name)


@production(5)
def lambda_(w: Writer) -> str:
    kind = w.draws.pick(RETURNED)
    target = w.names.fresh("func")
    value = w.later(target, lambda: f"lambda: {w.now.of(kind)}")
    if w.draws.chance(25):
        value = w.later(target, lambda: f"lambda v=0: (v, {w.now.of(kind)})[1]").replace(
            "v=0", f"v={w.now.of('any', 1)}", 1
        )
    w.names.returns[target] = kind
    return w.assign(target, value)


@production(5)
def unpack(w: Writer) -> str:
    kinds = [w.draws.pick(("int", "list", "str", "dict")) for _ in range(2)]
    values = [w.now.of(kind, 1) for kind in kinds]
    targets = [w.names.target(kind, rebind=50) for kind in kinds]
    for target, value in zip(targets, values, strict=True):
        w.names.bind(target, value)
    pattern = w.draws.pick(("{}, {} = {}, {}", "[{}, {}] = [{}, {}]", "({}, {}), _ = ({}, {}), 0"))
    return pattern.format(*targets, *values)


@production(2)
def star_unpack(w: Writer) -> str:
    source = w.now.of("list", 1)
    first, rest = w.names.fresh("any"), w.names.target("list")
    w.names.bind(first, source)
    w.names.bind(rest, source)
    return f"{first}, *{rest} = [0, *{source}]"


LOOKS = (
    "$freeze(<any>)", "<=dict>.get('a')", "(<=list> or [0])[0]", "$freeze(<=tuple>)", "$freeze(<=dict>)", "[*<=list>]",
    "$freeze(<=class>)", "copy.deepcopy(<=list>)", "copy.copy(<=dict>)", "(<=dict>, <=list>)", "[v for v in <=dict>]",
)  # fmt: skip


@production(6)
def look(w: Writer) -> str | None:
    """Bind what is deep inside an object: a part of it, or a copy of all that it leads to."""
    try:
        value = w.now.fill(w.draws.pick(LOOKS), 1)
    except Missing:
        return None
    if value.startswith("copy."):
        w.now.want("copy")
    return w.assign(w.names.fresh("any"), value)


@production(3)
def swap(w: Writer) -> str | None:
    kind = w.draws.pick(("int", "list", "dict", "inst"))
    known = w.names.of(kind)
    if len(known) < 2:
        return None
    one, other = w.draws.shuffled(known)[:2]
    w.names.mention(one, other)
    w.names.mention(other, one)
    return f"{one}, {other} = {other}, {one}"


@production(3)
def chained(w: Writer) -> str:
    kind = w.draws.pick(("list", "int", "dict", "inst"))
    value = w.now.of(kind, 1)
    one, other = w.names.target(kind), w.names.fresh(kind)
    w.names.bind(one, value)
    w.names.bind(other, value)
    return f"{one} = {other} = {value}"


@production(6)
def augment(w: Writer) -> str | None:
    kind = w.draws.pick(("int", "list", "str", "dict", "tuple"))
    name = w.now.name(kind)
    if name is None:
        return None
    operators = {
        "int": "+= {int}",
        "list": "+= {list}[:3]",
        "str": "+= {str}[:2]",
        "dict": "|= {dict}",
        "tuple": "+= ({int},)",
    }
    operator = operators[kind]
    value = (
        operator[: operator.index("{")]
        + w.now.of(kind if kind != "tuple" else "int", 1)
        + operator[operator.index("}") + 1 :]
    )
    w.names.mention(name, value)
    return f"{name} {value}"


@production(3)
def walrus(w: Writer) -> str:
    kind = w.draws.pick(("int", "list"))
    inner, outer = w.names.target(kind), w.names.target("list")
    while outer == inner:
        outer = w.names.fresh("list")
    value = w.now.of(kind, 1)
    w.names.bind(inner, value)
    w.names.bind(outer, f"{inner} {value}")
    shape = w.draws.pick(
        ("[({0} := {1}), {0}]", "[({0} := {1}) for v in range(2)]", "[v for v in [1, 2] if ({0} := {1}) or v]")
    )
    return f"{outer} = {shape.format(inner, value)}"


@production(4)
def steps(w: Writer) -> str:
    it = w.now.callable("iter")
    if it is None or w.draws.chance(40):
        target = w.names.target("iter", rebind=10)
        late = w.later(target, lambda: w.now.of("iter")) if w.draws.chance(40) else None
        value = late if late and "for v in" in late and w.names.runnable(late) else w.now.of("iter")
        return w.assign(target, value)
    first = w.names.fresh("any")
    if w.draws.chance(50):
        return w.assign(first, f"next({it}, {w.now.of('int', 0)})")
    second = w.names.fresh("any")
    w.names.bind(first, it)
    w.names.bind(second, it)
    return f"{first}, {second} = next({it}, 0), next({it}, [])"


@production(4, depth=2)
def annotated(w: Writer) -> str:
    kind = w.draws.pick(("int", "list", "str", "dict"))
    known = w.names.of("class")
    annotation = w.draws.pick(
        ("int", '"list[int]"', "list[int]", *known, w.now.of("int", 0), w.now.of("tuple", 1), w.now.of("list", 1))
    )
    name = w.names.target(kind)
    if w.draws.chance(15):
        w.names.maybe.setdefault(name) if name not in w.names.bound else None
        return f"{name}: {annotation}"
    value = w.now.of(kind)
    w.names.bind(name, value)
    return f"{name}: {annotation} = {value}"


@production(3)
def delete(w: Writer) -> str | None:
    kind = w.draws.pick(("int", "list", "func", "any", "inst", "class"))
    known = w.names.of(kind)
    if not known or w.depth:
        return None
    name = w.draws.pick(known)
    w.names.unbind(name)
    return f"del {name}"


@production(3)
def by_key(w: Writer) -> str | None:
    kind = w.draws.pick(("int", "list", "str"))
    value = w.now.of(kind, 1)
    name = w.names.target(kind, rebind=50)
    w.names.bind(name, value)
    return f'globals()["{name}"] = {value}'


@production(7)
def call(w: Writer) -> str | None:
    kind = w.draws.pick(("func", "mutator", "inst", "registry", "recorder", "mutator", "class"))
    name = w.now.callable(kind)
    if name is None:
        return None
    if kind == "mutator":
        text = f"{name}({w.now.of('list', 1)})"
        return w.assign(w.names.target("int"), f"({text}, 1)[1]") if w.draws.chance(30) else text
    if kind == "registry":
        return f"for v in {name}[:3]:\n    v()" if w.draws.chance(20) and not w.depth else f"len({name})"
    return {"inst": f"{name}.add({w.now.of('any', 1)})", "class": f"{name}.items.append({name}().n)"}.get(
        kind, f"{name}()"
    )


@production(6)
def effect(w: Writer) -> str:
    value = w.now.of("any", 1)
    shape = w.draws.pick(
        (
            "note({})",
            "note({})",
            "REGISTRY['k'] = {}",
            "box.value = {}",
            "recorder.note({})",
            "note('e', {})",
            "REGISTRY.update(u={})",
        )
    )
    w.now.want("recorder" if shape.startswith("recorder") else shape.split("(")[0].split("[")[0].split(".")[0])
    return shape.format(value)


@production(1)
def stray(w: Writer) -> str:
    value = w.draws.pick(
        (f"{w.now.of('int', 0)} is not None", f"len({w.now.of('list', 1)}) < 99, {w.now.of('any', 0)}")
    )
    return w.draws.pick(("pass", '"a stray string"', "...", f"assert {value}", f"assert {value}"))


SHADOWED = ("open", "hash", "abs", "format", "repr", "pow")
WRAPPED = ("len", "list", "iter", "next", "sum", "dict", "str", "sorted", "max", "tuple")


@production(2, depth=1)
def shadow(w: Writer) -> str | None:
    name = w.draws.pick((*SHADOWED, *WRAPPED))
    if name in WRAPPED:
        if name in w.names.shadows or w.depth:
            return None
        w.names.shadows[name] = None
        return f"_{name} = {name}\ndef {name}(*a, **k):\n    return _{name}(*a, **k)"
    if name in w.names.shadows and not w.depth and w.draws.chance(40):
        del w.names.shadows[name]
        return f"del {name}"
    if w.draws.chance(40):
        target = w.names.fresh("any")
        w.names.bind(target, "")
        return f"{target} = {name}"
    if not w.depth:
        w.names.shadows[name] = None
    return f"{name} = {w.now.of('any', 1)}"


NAMESPACES = ("dir()", "globals()", "vars()", "locals()", "globals().copy()")


@production(1)
def namespace(w: Writer) -> str | None:
    """Bind what the whole module has by then: names, or the plain values among them."""
    if w.depth:
        return None
    target = w.names.fresh("any")
    w.names.bind(target, "")
    if w.draws.chance(60):
        what = w.draws.pick(NAMESPACES)
        return f"{target} = sorted([n for n in {what} if not n.startswith('_')])"
    what = w.draws.pick(NAMESPACES[1:])
    return f"{target} = sorted([(n, v) for n, v in {what}.items() if isinstance(v, int) and not n.startswith('_')])"
