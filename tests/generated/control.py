"""Compound statements: conditions, loops, exceptions raised on purpose, context managers, match.

What a part that may not run binds is only *maybe* bound afterwards, unless every part binds it. Loops are bounded by
what they iterate over, a fresh slice or a range, never by an object that their body may grow.

    for n3 in range(3): …        while c1 < 2: …         try: … raise Stop(l1) … except Stop as error: …
    with X1() as l4: …           match l1: …             if "n1" in globals(): …
"""

from __future__ import annotations

from .writer import Writer, indent, production


def join(w: Writer, parts: list[dict[str, None]], text: str) -> None:
    """Bind what every one of the parts has bound."""
    for name in parts[0]:
        if name not in w.names.bound and all(name in part for part in parts):
            w.names.bind(name, text)


@production(8, depth=1, inside=2)
def if_(w: Writer) -> str:
    text, bound = w.branch()
    text = f"if {w.now.condition()}:\n{text}"
    parts = [bound]
    if w.draws.chance(20):
        more, bound = w.branch(1, 1)
        text += f"\nelif {w.now.condition()}:\n{more}"
        parts.append(bound)
    if w.draws.chance(50):
        more, bound = w.branch()
        text += f"\nelse:\n{more}"
        join(w, [*parts, bound], text)
    return text


@production(3, depth=1)
def guarded(w: Writer) -> str | None:
    waiting = [name for name in w.names.maybe if w.names.kinds.get(name) in ("int", "list", "dict", "str")]
    if not waiting:
        return None
    name = w.draws.pick(waiting)
    kind = w.names.kinds[name]
    target = w.names.target(kind)
    other = w.now.of(kind, 0)
    if target == name:
        target = w.names.fresh(kind)
    w.names.bind(target, f"{name} {other}")
    return w.draws.pick((
        f"try:\n    {target} = {name}\nexcept NameError:\n    {target} = {other}",
        f'{target} = {name} if "{name}" in globals() else {other}',
        f'if "{name}" in globals():\n    {target} = {name}\nelse:\n    {target} = {other}',
        f'{target} = globals().get("{name}", {other})',
    ))  # fmt: skip


@production(6, depth=1, inside=2)
def for_(w: Writer) -> str:
    outer, w.looping = w.looping, True
    if w.draws.chance(50):
        variable = w.names.target("int")
        over = f"range({w.draws.below(4)})"
    else:
        variable = w.names.fresh("any")
        over = w.draws.pick(
            (f"{w.now.of('list', 1)}[:3]", f"list({w.now.of('dict', 1)})[:3]", f"tuple({w.now.of('list', 1)})[:2]")
        )
    before = w.names.mark()
    w.names.bind(variable, over)
    text = f"for {variable} in {over}:\n{w.block()}"
    w.names.branch(before)
    if w.draws.chance(20):
        text += indent(f"\nif {w.now.condition(0)}:\n    {w.draws.pick(('break', 'continue'))}")
    w.looping = outer
    if w.draws.chance(25):
        text += f"\nelse:\n{w.branch(1, 1)[0]}"
    return text


@production(2, depth=0)
def while_(w: Writer) -> str:
    counter = w.names.fresh("counter")
    w.imports()
    w.statements.append(f"{counter} = 0")
    w.names.bind(counter, "")
    body, _ = w.branch()
    text = f"while {counter} < {w.draws.below(3) + 1}:\n    {counter} += 1\n{body}"
    if w.draws.chance(30):
        text += f"\nelse:\n{w.branch(1, 1)[0]}"
    return text


RAISES = (
    ("raise Stop({value})", "Stop", "Stop"), ("{{}}[{value!r}]", "KeyError", ""), ("int('no')", "ValueError", ""),
    ("{unbound}", "NameError", ""),
    ("[][1]", "(IndexError, TypeError)", ""), ("None.missing", "AttributeError", ""), ("1 // 0", "ArithmeticError", ""),
)  # fmt: skip


@production(6, depth=1, inside=1)
def try_(w: Writer) -> str:
    body, _ = w.branch()
    raises, caught, wanted = w.draws.pick(RAISES)
    if wanted:
        w.now.want(wanted)
    text = f"try:\n{body}"
    if w.draws.chance(70):
        text += indent("\n" + raises.format(value=w.now.of("int", 0), unbound="never_bound"))
        if w.draws.chance(20):
            text += "\n" + w.branch(1, 1)[0]
    if w.draws.chance(15):
        text += f"\nexcept TypeError:\n{w.branch(1, 1)[0]}"
    handler, _ = w.branch(1, 2)
    text += f"\nexcept {caught} as error:\n{handler}" if w.draws.chance(50) else f"\nexcept {caught}:\n{handler}"
    if w.draws.chance(20):
        target = w.names.fresh("str")
        text += f"\n    {target} = 'handled'"
        w.names.unbind(target)
    if w.draws.chance(20):
        text += f"\nelse:\n{w.branch(1, 1)[0]}"
    if w.draws.chance(25):
        text += f"\nfinally:\n{w.block(1, 1)}"
    return text


@production(2, depth=1)
def import_(w: Writer) -> str:
    target = w.names.fresh("any")
    w.names.bind(target, "")
    return w.draws.pick((
        f"from recorder import double as {target}",
        f"import itertools as {target}",
        f"try:\n    import no_such_module as {target}\nexcept ImportError:\n    {target} = None",
        f"try:\n    from enum import no as {target}\nexcept ImportError:\n    from enum import Enum as {target}",
    ))  # fmt: skip


@production(3, depth=1)
def with_(w: Writer) -> str | None:
    manager = w.now.callable("context")
    if manager is None:
        return None
    variable = w.names.target("list")
    w.names.bind(variable, manager)
    body, _ = w.branch()
    text = f"with {manager}() as {variable}:\n{body}"
    if w.draws.chance(40):
        text += indent(f"\nraise {w.now.want('Stop')}({w.now.of('int', 0)})")
    return text


@production(3, depth=1, inside=1)
def match_(w: Writer) -> str:
    subject = w.now.of(w.draws.pick(("list", "int", "dict", "tuple", "inst")), 1)
    text = f"match {subject}:"
    for _ in w.draws.repeat(1, 3):
        first, rest = w.names.fresh("any"), w.names.target("list")
        known = w.names.of("class")
        pattern = w.draws.pick((
            f"[{first}, *{rest}]", f"[{first}]", f'{{"a": {first}, **_others}}', f"int() as {first}",
            f"1 | 2 as {first}", "[]", "{}",
            *(f"{name}(n={first})" for name in known),
        ))  # fmt: skip
        before = w.names.mark()
        if first in pattern:
            w.names.bind(first, subject)
        if rest in pattern:
            w.names.bind(rest, subject)
        guard = f" if {w.now.condition(0)}" if w.draws.chance(20) else ""
        body = w.block(1, 1)
        w.names.branch(before)
        text += "\n" + indent(f"case {pattern}{guard}:\n{body}")
    if w.draws.chance(50):
        text += "\n" + indent(f"case _:\n{w.branch(1, 1)[0]}")
    return text
