"""The order in which names are touched, and the ways of touching them.

The order is a shuffle by seed, the same in every process and on every version, without `random`, which may be the very
module under test.  Three *routes* differ in what happens half-way, while part of the names is still pending:

0. nothing: attribute access, all the way;
1. namespaces are copied: ``dict(f.__globals__)`` and iteration over it;
2. ``from m import *`` and a copy of ``vars(m)``.
"""

import sys

from describe import Function, raised
from placeholders import in_namespace

ROUTES = 3
ROUNDS = 20  # touching a package loads submodules, which are touched in the next round


def shuffled(values, seed):
    """A permutation of `values` (Fisher and Yates) from Knuth's 64-bit linear congruential generator."""
    values = list(values)
    state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64
    for last in range(len(values) - 1, 0, -1):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        other = (state >> 33) % (last + 1)
        values[last], values[other] = values[other], values[last]
    return values


def family(name):
    """The module called `name` and, for a package, its submodules that are loaded: pairs of name and module."""
    prefix = name + "."
    found = [(name, sys.modules[name])]
    if hasattr(found[0][1], "__path__"):
        found += [(key, module) for key, module in list(sys.modules.items()) if key.startswith(prefix) and module]
    return sorted(((key, module) for key, module in found if isinstance(module, type(sys))), key=lambda pair: pair[0])


def star_import(name):
    """The namespace that ``from name import *`` fills."""
    namespace = {}
    exec(f"from {name} import *", namespace)
    namespace.pop("__builtins__", None)
    return namespace


class Touching:
    """Touches a module's family in one order, by one route; keeps what was seen on the way."""

    def __init__(self, name, seed, route):
        self.name, self.seed, self.route = name, seed, route
        self.order = []  # "module:name", as touched
        self.failures = {}  # "module:name" -> text of the exception
        self.leaks = []  # placeholders that came to light half-way
        self.done = set()  # modules whose names have been touched

    def run(self):
        """Touch everything, round after round, until a round loads no further submodule; may be called again."""
        for turn in range(ROUNDS):
            pairs = [(key, module) for key, module in family(self.name) if key not in self.done]
            if not pairs:
                break
            first = not self.done
            self.done.update(key for key, _ in pairs)
            targets = [(key, module, name) for key, module in pairs for name in self.public(key, module)]
            targets = shuffled(targets, self.seed + turn)
            half = len(targets) // 2
            self.touch(targets[:half])
            if first:
                self.look_into(pairs)
            self.touch(targets[half:])

    def public(self, key, module):
        """The names that are touched."""
        try:
            return [name for name in dir(module) if not name.startswith("_")]
        except BaseException as error:
            self.failures[f"{key}#dir"] = raised(error)
            return []

    def touch(self, targets):
        for key, module, name in targets:
            self.order.append(f"{key}:{name}")
            try:
                getattr(module, name)
            except BaseException as error:
                self.failures[f"{key}:{name}"] = raised(error)

    def look_into(self, pairs):
        """The half-way look of routes 1 and 2."""
        try:
            if self.route == 1:
                self.copy_namespaces(pairs)
            elif self.route == 2:
                self.leaks += in_namespace("from m import *", star_import(self.name))
                self.leaks += in_namespace("vars(m)", dict(vars(sys.modules[self.name])))
        except BaseException as error:
            self.failures[f"{self.name}#half-way"] = raised(error)

    def copy_namespaces(self, pairs):
        """Copy the globals of one touched function a module, which asks neither the module nor its `__dict__`."""
        modules = dict(pairs)
        looked_at = set()
        for touched in list(self.order):
            key, _, name = touched.partition(":")
            if key in looked_at or touched in self.failures:
                continue
            value = getattr(modules[key], name, None)
            if type(value) is Function and value.__module__ == key:
                looked_at.add(key)
                self.leaks += in_namespace("dict(f.__globals__)", dict(value.__globals__))
                self.leaks += in_namespace("f.__globals__", value.__globals__)
