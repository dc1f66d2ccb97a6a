"""What the generator knows of the module-level names that it has made so far.

Terms: a name's *kind* says what can be done with its value (`int`, `list`, `func`: callable without arguments, …) and
never changes, so that rebinding keeps other statements valid. A name is *bound* where every path has bound it, *maybe*
bound where some path has, and *future* when a function body already speaks of it. A name *mentions* those that occur in
any text that ever bound it; from that follows what calling it may need, and which calls would recurse for ever.

    n1 = 3                  # bound: n1
    def f1(): return n2     # f1 mentions n2, which is future: f1 can't be called yet
    n2 = n1                 # now it can

The question answered here is "what may stand at this place?". Kept apart from what writes statements, because all of
them ask it.
"""

from __future__ import annotations

import re

from .draws import Draws

#: Calls out of the module, of `recorder`, whose results may be lists.
GIVING = ("keep(", "wrap(")

#: Generated global names, and nothing else in a generated text, are letters followed by digits.
MENTIONED = re.compile(r"\b[A-Za-z_]+\d+\b")
PREFIXES = {
    "int": "n", "str": "s", "list": "l", "dict": "d", "set": "z", "tuple": "t", "func": "f", "class": "C", "inst": "o",
    "iter": "it", "mutator": "m", "decorator": "deco", "maker": "gen", "context": "X", "meta": "M", "describer": "D",
    "recorder": "rec", "any": "a", "counter": "c", "registry": "reg", "unary": "u", "generic": "g", "classdeco": "cd",
}  # fmt: skip


class Names:
    """The names of one module under construction."""

    def __init__(self, draws: Draws) -> None:
        """Know nothing yet."""
        self.draws = draws
        self.kinds: dict[str, str] = {}
        #: name -> None, for each name that is certainly bound at this point; a dict, because order must be stable.
        self.bound: dict[str, None] = {}
        #: likewise, for names that are bound on some paths, deleted, or spoken of before they are bound
        self.maybe: dict[str, None] = {}
        #: function -> kind of what it returns
        self.returns: dict[str, str] = {}
        #: name -> every name in a text that bound it or changed its class; never shrinks
        self.mentions: dict[str, set[str]] = {}
        #: builtin names that the module has bound: `open`, `len`, …
        self.shadows: dict[str, None] = {}
        #: those that a call out of the module may have given
        self.given: set[str] = set()
        self.imported: set[str] = set()
        self._count = 0

    def fresh(self, kind: str) -> str:
        """Return a name that has not been used."""
        self._count += 1
        name = f"{PREFIXES[kind]}{self._count}"
        self.kinds[name] = kind
        return name

    def target(self, kind: str, rebind: int = 30) -> str:
        """Return a name to bind: new, spoken of already, or (in `rebind` of 100 cases) bound already."""
        if self.draws.chance(45):
            waiting = [name for name in self.maybe if self.kinds[name] == kind]
            if waiting:
                return self.draws.pick(waiting)
        if self.draws.chance(rebind):
            known = self.of(kind)
            if known:
                return self.draws.pick(known)
        return self.fresh(kind)

    def of(self, kind: str, *, late: bool = False) -> list[str]:
        """Return the bound names of a kind; `late`: those that may be bound when the text runs, too."""
        found = [name for name in self.bound if self.kinds[name] == kind]
        if late:
            found += [name for name in self.maybe if self.kinds[name] == kind]
        return found

    def bind(self, name: str, text: str) -> None:
        """Note that a statement with this text has bound the name."""
        self.maybe.pop(name, None)
        self.bound[name] = None
        self.mention(name, text)

    def mention(self, name: str, text: str) -> None:
        """Note that what the name stands for may use every name in the text."""
        self.mentions.setdefault(name, set()).update(MENTIONED.findall(text))
        if any(call in text for call in GIVING):
            self.given.add(name)

    def unbind(self, name: str) -> None:
        """Note that the name is gone, or may be."""
        if name in self.bound:
            del self.bound[name]
        self.maybe[name] = None

    def foresee(self, kind: str) -> str:
        """Return a new name that a body may use before a statement binds it, if one ever does."""
        name = self.fresh(kind)
        self.maybe[name] = None
        return name

    def reach(self, text: str) -> set[str]:
        """Return every name that running the text may touch."""
        found: set[str] = set()
        work = MENTIONED.findall(text)
        while work:
            name = work.pop()
            if name not in found:
                found.add(name)
                work.extend(self.mentions.get(name, ()))
        return found

    def is_given(self, name: str) -> bool:
        """Whether what the name stands for may come from a call out of the module, so that clients must not change it."""
        return not self.given.isdisjoint({name, *self.reach(name)})

    def runnable(self, text: str) -> bool:
        """Whether everything that running the text may touch is bound by now."""
        return all(name in self.bound for name in self.reach(text) if name in self.kinds)

    def mark(self) -> dict[str, None]:
        """Return the bound names, to be handed to `branch` after a conditional part."""
        return dict(self.bound)

    def branch(self, before: dict[str, None]) -> dict[str, None]:
        """End a conditional part: only what was bound `before` and still is stays certain; returns what it bound."""
        after = self.bound
        self.bound = {name: None for name in before if name in after}
        for name in (*after, *before):
            if name not in self.bound:
                self.maybe[name] = None
        return after
