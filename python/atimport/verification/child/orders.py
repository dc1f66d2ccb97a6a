"""The order in which names are touched, and the ways of touching them.

The order is a shuffle by seed, the same in every process and on every version, without `random`, which may be the very
module under test.  Seed 0 is the order of the source, reversed: a statement that depends on an earlier one without its
telling comes before that.  Three *routes* differ in what happens half-way, while part of the names is still pending:

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
    """Touches a module's family in one order, by one route; keeps what was seen on the way.

    Which names there are is known from an eager run (`names`): asking a package with `dir` runs all that is pending in
    it, and then no order is left to try.  `pending` gives the names of a module that are still pending.
    """

    def __init__(self, request, pending):
        self.name, self.seed, self.route = request["module"], request["seed"], request["route"]
        self.names = dict(request["names"])  # module -> public names; filled by `dir` where nobody knows
        self.given = request["touches"]  # the order, when it is not a shuffled one
        self.pending = pending
        self.order = []  # "module:name", as touched
        self.before_look = 0  # how many of them were touched before the look
        self.listed = None  # what `dir` said then
        self.failures = {}  # "module:name" -> text of the exception
        self.failed = set()  # what raised anything
        self.leaks = []  # placeholders that came to light half-way
        self.done = set()  # modules whose names have been touched

    def run(self):
        """Touch by the order given, or everything."""
        if self.given is None:
            self.rounds()
        else:
            self.touch(self.given)
            self.look()
            self.rest()

    def finish(self):
        """Touch what has been loaded since, and the private names that are pending still."""
        if self.given is None:
            self.rounds()
        self.rest()

    def rounds(self):
        """Touch everything public, round after round, until a round loads no further submodule."""
        for turn in range(ROUNDS):
            keys = [key for key, _ in family(self.name) if key not in self.done]
            if not keys:
                break
            first = not self.done
            self.done.update(keys)
            targets = [f"{key}:{name}" for key in keys for name in self.public(key)]
            if self.seed:
                targets = shuffled(targets, self.seed + turn)
                half = len(targets) // 2
            else:
                targets = list(dict.fromkeys([*reversed(self.left(keys)), *targets]))
                half = len(targets)
            self.touch(targets[:half])
            if first:
                self.look()
            self.touch(targets[half:])

    def rest(self):
        """Touch what is pending: in the order of the source after an order given, else shuffled."""
        for turn in range(ROUNDS):
            left = self.left([key for key, _ in family(self.name)])
            if not left:
                break
            self.touch(left if self.given is not None else shuffled(left, self.seed + turn))

    def left(self, keys):
        """What is pending in modules, in the order of their sources; what failed once is not tried again."""
        targets = [f"{key}:{name}" for key in keys for name in self.pending(sys.modules[key])]
        return [target for target in targets if target not in self.failed]

    def public(self, key):
        """The names that are touched."""
        if key not in self.names:
            try:
                self.names[key] = [name for name in dir(sys.modules[key]) if not name.startswith("_")]
            except BaseException as error:
                self.failures[f"{key}#dir"] = raised(error)
                self.names[key] = []
        return self.names[key]

    def touch(self, targets):
        """Get one attribute after the other; what is not loaded (yet) is passed over."""
        for target in targets:
            key, _, name = target.partition(":")
            if key not in sys.modules:
                continue
            self.order.append(target)
            try:
                getattr(sys.modules[key], name)
            except BaseException as error:
                self.failed.add(target)
                # A pending name may turn out not to be bound, as in an eager run; what deferred code raises is no plain
                # AttributeError, and a name that is bound eagerly is missed by the snapshot.
                if type(error) is not AttributeError or name in self.names.get(key, ()):
                    self.failures[target] = raised(error)

    def look(self):
        """What a route does while names are pending: half-way, or when the order given has come to its end."""
        self.before_look = len(self.order)
        try:
            if self.route == 0:
                self.listed = " ".join(sorted(map(str, dir(sys.modules[self.name]))))
            elif self.route == 1:
                self.copy_namespaces()
            elif self.route == 2:
                self.leaks += in_namespace("from m import *", star_import(self.name))
                self.leaks += in_namespace("vars(m)", dict(vars(sys.modules[self.name])))
        except BaseException as error:
            self.failures[f"{self.name}#half-way"] = raised(error)

    def copy_namespaces(self):
        """Copy the globals of one touched function a module, which asks neither the module nor its `__dict__`."""
        looked_at = set()
        for touched in list(self.order):
            key, _, name = touched.partition(":")
            if key in looked_at or touched in self.failed:
                continue
            value = getattr(sys.modules[key], name, None)
            if type(value) is Function and value.__module__ == key:
                looked_at.add(key)
                self.leaks += in_namespace("dict(f.__globals__)", dict(value.__globals__))
                self.leaks += in_namespace("f.__globals__", value.__globals__)
