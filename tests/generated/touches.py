"""What is done to an imported module: the touches of one order, drawn, written down, and applied.

Terms: a *touch* is one thing that a program does to a module from outside: a route and a name. The same list is applied
to the eager module after its complete import and to the deferred one, and each touch has an outcome, so that not only
the module at the end but also what every step saw is compared.

    Touch("get", "l1")      m.l1                     Touch("set", "n1")    m.n1 = 41
    Touch("eval", "l1")     eval("l1", globals of a function of m)
    Touch("call", "f1")     m.f1()                   Touch("vars", "")     vars(m)

Separate from the runners because the reducer edits lists of touches and reports print them.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .draws import Draws, spread
from .snapshot import LEFT_OUT, Encoder, attempt

IGNORED = frozenset({"__builtins__", "__loader__", "__spec__", "__cached__", "__file__", "__warningregistry__"})
ANNOTATIONS = frozenset({"__annotations__", "__annotate__", "__conditional_annotations__"})


class Touch(NamedTuple):
    """One step."""

    route: str
    name: str

    def __str__(self) -> str:
        """Write it as Python."""
        return WRITTEN[self.route].format(self.name)


WRITTEN = {
    "get": "m.{0}", "from": "from m import {0}", "eval": 'eval("{0}", globals of m)', "has": 'hasattr(m, "{0}")',
    "default": 'getattr(m, "{0}", None)', "call": "m.{0}()", "set": "m.{0} = 41", "del": "del m.{0}", "vars": "vars(m)",
    "dir": "dir(m)", "star": "from m import *", "in": '"{0}" in globals of m', "item": '(globals of m)["{0}"]',
    "copied": "the importer's {0}", "copy": 'dict(globals of m)["{0}"]', "append": "m.{0}.append(6)", "next": "next(m.{0})",
}  # fmt: skip
#: route, and the kinds of names that it is for (None: all)
ROUTES: tuple[tuple[str, tuple[str, ...] | None], ...] = spread([
    (30, ("get", None)), (12, ("from", None)), (8, ("eval", None)), (3, ("has", None)), (3, ("default", None)),
    (14, ("call", ("func",))), (5, ("set", None)), (3, ("del", None)), (1, ("vars", None)), (1, ("dir", None)),
    (1, ("star", None)), (2, ("in", None)), (3, ("item", None)), (2, ("copy", None)),
    (3, ("append", ("list", "registry"))), (3, ("next", ("iter",))),
])  # fmt: skip


def touches(draws: Draws, names: list[str], kinds: dict[str, str], imported: bool) -> list[Touch]:
    """Draw an order, for a subject that has an importer or not."""
    made = []
    for name in draws.shuffled(names):
        if draws.chance(25):
            continue  # left to the end
        route, wanted = draws.pick(ROUTES)
        if wanted is not None and kinds.get(name) not in wanted:
            route = "get"
        made.append(Touch("copied" if imported and draws.chance(40) else route, name))
    if draws.chance(10):
        made.append(Touch("get", "dyn_missing"))
    return made


class Applied:
    """Applies touches to one module and keeps what they gave."""

    def __init__(self, module: types.ModuleType) -> None:
        """Use a module."""
        self.module = module
        #: what each touch saw, encoded at that moment
        self.outcomes: list[object] = []
        #: the objects themselves: an identity that is lost later must show
        self.values: list[object] = []

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's dict as a frame of its code shows it, reached without asking the module for it."""
        raw = next(it for it in gc.get_referents(self.module) if isinstance(it, dict))
        found: dict[str, Any] = eval("__import__('sys')._getframe().f_globals", raw)
        return found

    def apply(self, touch: Touch) -> None:
        """Do one step."""
        self.outcomes.append((str(touch), attempt(lambda: self._value(touch))))

    def _value(self, touch: Touch) -> object:
        value = ACTIONS[touch.route](self, touch.name)
        self.values.append(value)
        return Encoder(brief=True).encode(value)

    def _set(self, name: str) -> None:
        setattr(self.module, name, 41)

    def _from(self, name: str) -> object:
        found: dict[str, Any] = {}
        exec(f"from {self.module.__name__} import {name}", found)
        return found[name]

    def _star(self, _: str) -> object:
        found: dict[str, Any] = {}
        exec(f"from {self.module.__name__} import *", found)
        return [found[name] for name in sorted(found) if name != "__builtins__"] + sorted(found)

    def _vars(self, _: str) -> object:
        return [(name, vars(self.module)[name]) for name in shown(vars(self.module))]

    def _dir(self, _: str) -> object:
        return shown(dir(self.module))


def shown(names: Iterable[str]) -> list[str]:
    """Return the names that are compared, in their order if that is compared."""
    unwanted = IGNORED | ANNOTATIONS if "annotations" in LEFT_OUT else IGNORED
    found = [name for name in names if name not in unwanted]
    return sorted(found) if "keys" in LEFT_OUT else found


ACTIONS: dict[str, Callable[[Applied, str], Any]] = {
    "get": lambda self, name: getattr(self.module, name),
    "from": Applied._from,
    "eval": lambda self, name: eval(name, self.namespace),
    "has": lambda self, name: hasattr(self.module, name),
    "default": lambda self, name: getattr(self.module, name, None),
    "call": lambda self, name: getattr(self.module, name)(),
    "set": Applied._set,
    "del": lambda self, name: delattr(self.module, name),
    "vars": Applied._vars,
    "dir": Applied._dir,
    "star": Applied._star,
    "in": lambda self, name: name in self.namespace,
    "item": lambda self, name: self.namespace[name],
    "copied": lambda self, name: getattr(sys.modules[f"{self.module.__name__}i"], name),
    "copy": lambda self, name: dict(self.namespace)[name],
    "append": lambda self, name: getattr(self.module, name).append(6),
    "next": lambda self, name: next(getattr(self.module, name)),
}
