"""Classes: bases, shared attributes, registries, metaclasses, `__subclasshook__`, `__set_name__`, properties, and some of
the library's.

    class C1(C0, metaclass=M1):         class M1(type):                       class D1:
        items = l1                          def __new__(cls, name, …):            def __set_name__(self, owner, name):
        n = n1                                  l1.append(name)                       d1[name] = owner
        field = D1()                            return super().__new__(…)
        def get(self): return self.n

Every class of kind `class` can be made without arguments and has `items` (a list), `n` (an int), `get()`, `add(v)` and
`total`, so that expressions can use any of them.
"""

from __future__ import annotations

from .bindings import mutation
from .functions import body, define
from .writer import Writer, indent, production


def method(w: Writer, name: str, write: object) -> str:
    """Write a late text inside a class called `name`, where `self` stands for an instance."""
    w.now.local.append(("self", "inst"))
    text = w.later(name, write)  # type: ignore[arg-type]
    w.now.local.pop()
    return text


def attribute(w: Writer, text: str, chance: int, wrapper: str = "") -> str:
    """Write `text`, which defines a method, so that its name is sometimes bound by an assignment."""
    wrapped = f"{wrapper}\n" if wrapper else ""
    if not w.draws.chance(chance):
        return wrapped + text
    name = text.removeprefix("def ").partition("(")[0]
    hidden = text.replace(f"def {name}(", f"def _{name}(", 1)
    value = f"_{name}"
    if w.draws.chance(40):
        hidden = f"def _make_{name}():\n{indent(hidden)}\n    return {value}"
        value = f"_make_{name}()"
    return f"{hidden}\n{name} = {wrapper.removeprefix('@')}({value})" if wrapper else f"{hidden}\n{name} = {value}"


@production(11, inside=2)
def class_(w: Writer) -> str | None:
    base = w.now.callable("class") if w.draws.chance(50) else None
    meta = w.now.callable("meta") if base is None and w.draws.chance(35) else None
    if base is None and meta is None and w.draws.chance(20):
        meta = f"{w.now.want('abc')}.ABCMeta"
    known = w.names.of("class")
    name = w.draws.pick(known) if known and w.draws.chance(8) else w.names.fresh("class")
    if base is not None and name in w.names.reach(base):
        name = w.names.fresh("class")
    front = ""
    if w.draws.chance(20):
        decorator = w.now.callable("classdeco")
        front = f"@{decorator}\n" if decorator else ""
    parts = []
    if w.draws.chance(15):
        parts.append('"""A class."""')
    if base is None or w.draws.chance(40):
        parts.append(f"items = {w.now.of('list', 1)}")
        parts.append(f"n = {w.now.of('int', 1)}")
    if w.draws.chance(15):
        parts.append(
            w.draws.pick(
                (
                    f"extra = [{w.now.of('any', 0)} for v in range(2)]",
                    f"extra: int = {w.now.of('int', 0)}",
                    f"def extra(self, v={w.now.of('list', 0)}):\n    return v",
                )
            )
        )
    if w.draws.chance(12):
        changed = mutation(w)
        if changed and " = lambda" not in changed:
            parts.append(changed)
    if w.draws.chance(8):
        value = w.now.of("int", 0)
        target = w.names.fresh("int")
        w.names.bind(target, value)
        parts.append(f"global {target}\n{target} = {value}")
    describer = w.now.callable("describer") if w.draws.chance(50) else None
    if describer:
        parts.append(f"field = {describer}()")
    if w.draws.chance(25):
        text = method(w, name, lambda: "\n".join(filter(None, (body(w, 0, 1), f"self.n = {w.now.of('int', 1)}"))))
        parts.append(attribute(w, f"def __init__(self):\n{indent(text)}", 20))
    if base is None or w.draws.chance(30):
        text = method(w, name, lambda: "\n".join(filter(None, (body(w, 0, 1), f"return {w.now.of('int', 1)}"))))
        parts.append(attribute(w, f"def get(self):\n{indent(text)}", 20))
    if base is None and meta is None and w.draws.chance(60):
        base = w.now.want("Thing")
    elif base is None:
        parts.append("def add(self, v):\n    self.items.append(v)\n    return self")
        text = method(w, name, lambda: (w.draws.chance(25) and mutation(w)) or "pass")
        text = f"def total(self):\n{indent(text)}\n    return len(self.items)"
        parts.append(attribute(w, text, 30, "@property"))
    if w.draws.chance(10):
        parts.append(
            "@classmethod\ndef make(cls):\n"
            + indent(w.later(name, lambda: "\n".join(filter(None, (mutation(w), "cls.n = 3\nreturn cls")))))
        )
    if w.draws.chance(20):
        hook = w.later(name, lambda: mutation(w) or "pass")
        parts.append(
            f"def __init_subclass__(cls, **options):\n    super().__init_subclass__(**options)\n{indent(hook)}"
        )
        known = w.now.name("dict")
        if known:
            parts[-1] += f"\n    {known}[cls.__name__] = cls"
    if w.draws.chance(15):
        asked = w.draws.pick(("extra", "make", "total", "field"))
        answer = f"return hasattr(other, '{asked}') or NotImplemented"
        if w.draws.chance(30):
            answer = f"if cls is {name}:\n    {answer}\nreturn NotImplemented"
        parts.append(f"@classmethod\ndef __subclasshook__(cls, other):\n{indent(answer)}")
    if w.draws.chance(6):
        tried = f"try:\n{indent(w.later(name, lambda: mutation(w) or 'pass'))}\nexcept Exception:\n    pass"
        parts.append(f"def __del__(self):\n{indent(tried)}")
    if w.draws.chance(6):
        asked = w.later(name, lambda: mutation(w) or "pass")
        parts.append(f"def __class_getitem__(cls, item):\n{indent(asked)}\n    return item")
    heading = ", ".join(filter(None, (base, f"metaclass={meta}" if meta else "")))
    text = f"{front}class {name}{f'({heading})' if heading else ''}:\n{indent(chr(10).join(parts) or 'pass')}"
    w.names.bind(name, text)
    if w.draws.chance(6):
        asked = method(w, name, lambda: w.now.of("int", 1))
        text += f"\n{name}.total = property(lambda self: {asked})"
    return text


@production(2, depth=0)
def called(w: Writer) -> str | None:
    """A class made by a call, what a class is subscripted with, and a `defaultdict` that calls back."""
    base = w.now.callable("class")
    name = w.names.fresh("any")
    sort = w.draws.below(3)
    if sort == 2 or base is None:
        w.now.want("collections")
        other = w.names.fresh("any")
        made = w.now.callable("func")
        factory = made if made and w.draws.chance(50) else f"lambda: {w.now.of('list', 1)}"
        w.names.bind(name, factory)
        w.names.bind(other, name)
        return f"{name} = collections.defaultdict({factory})\n{other} = {name}[{w.now.of('int', 0)}]"
    w.names.bind(name, base)
    return f"{name} = {base}[{w.now.of('int', 0)}]" if sort else f"{name} = type('{name}', ({base},), {{}})"


@production(3, depth=0)
def meta(w: Writer) -> str:
    name = w.names.fresh("meta")
    effect = w.later(name, lambda: mutation(w) or "pass")
    registry = w.now.name("dict")
    if registry and w.draws.chance(50):
        effect += f"\n{registry}[name] = len({registry})"
    if w.draws.chance(70):
        made = indent(f"{effect}\nreturn super().__new__(cls, name, bases, body)")
        text = f"def __new__(cls, name, bases, body):\n{made}"
    else:
        text = f"def __init__(cls, name, bases, body):\n{indent(effect)}\n    super().__init__(name, bases, body)"
    if w.draws.chance(30):
        called = w.later(name, lambda: mutation(w) or "pass")
        text += f"\ndef __call__(cls, *a):\n{indent(called)}\n    return super().__call__(*a)"
    text = f"class {name}(type):\n{indent(text)}"
    w.names.bind(name, text)
    return text


@production(2, depth=0)
def describer(w: Writer) -> str:
    name = w.names.fresh("describer")
    effect = w.later(name, lambda: mutation(w) or "pass")
    known = w.now.name("list")
    if known:
        effect += f"\n{known}.append((owner.__name__, name))"
    value = w.later(name, lambda: w.now.of("int", 1))
    methods = f"def __set_name__(self, owner, name):\n{indent(effect)}\n"
    methods += f"def __get__(self, instance, owner):\n    return {value}"
    text = f"class {name}:\n{indent(methods)}"
    w.names.bind(name, text)
    return text


@production(3, depth=0)
def context(w: Writer) -> str:
    name = w.names.fresh("context")
    enter = w.later(name, lambda: mutation(w) or "pass")
    leave = w.later(name, lambda: mutation(w) or "pass")
    value = w.later(name, lambda: w.now.of("list", 1))
    if w.draws.chance(30):
        library = w.now.want("contextlib")
        parts = f"try:\n    yield {value}\nexcept Exception:\n{indent(enter)}\nfinally:\n{indent(leave)}"
        text = f"@{library}.contextmanager\ndef {name}():\n{indent(parts)}"
    else:
        entering = indent(f"{enter}\nreturn {value}")
        parts = f"def __enter__(self):\n{entering}\ndef __exit__(self, *error):\n{indent(leave)}\n    return True"
        text = f"class {name}:\n{indent(parts)}"
    w.names.bind(name, text)
    return text


@production(2, depth=0)
def class_decorator(w: Writer) -> str:
    name = w.names.fresh("classdeco")
    effect = w.later(name, lambda: mutation(w) or "pass")
    extra = w.later(name, lambda: w.now.of("int", 1))
    return define(w, name, "(c)", f"{effect}\nc.n = {extra}\nreturn c")


@production(2, depth=0)
def library(w: Writer) -> str:
    name, other = w.names.fresh("any"), w.names.fresh("any")
    value = w.now.of("int", 1)
    w.names.bind(name, value)
    sort = w.draws.below(5)
    if sort == 0:
        default = w.later(name, lambda: w.now.of("list", 1))
        w.now.want("dataclasses")
        fields = f"first: int = {value}\nsecond: list = dataclasses.field(default_factory=lambda: {default})"
        return f"@dataclasses.dataclass\nclass {name}:\n{indent(fields)}"
    w.names.bind(other, name)
    if sort == 1:
        return f"class {name}({w.now.want('enum')}.Enum):\n    A = {value}\n    B = 'b'\n{other} = {name}.B"
    if sort == 2:
        w.now.want("collections")
        return f"{name} = collections.namedtuple('{name}', 'x y')\n{other} = {name}({value}, {w.now.of('list', 0)})"
    if sort == 3:
        return f"{name} = {w.now.want('functools')}.partial(max, {value})\n{other} = {name}(2)"
    return f"{name} = {w.now.want('itertools')}.count({value})\n{other} = (next({name}), next({name}))"
