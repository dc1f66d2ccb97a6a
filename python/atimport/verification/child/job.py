"""One import, touched and described: what a forked child does.

    forget what start-up had loaded of M  ->  import M  ->  touch in an order  ->  snapshot
                                          ->  look for placeholders  ->  settle  ->  effects outside

The same steps run in the eager and in the deferred process; they differ in the `deferral` they are given, which knows
how many names are pending, and which can *settle* (resolve everything, everywhere) so that effects and output of
modules that M merely imports can be compared too.
"""

import sys

import orders
import outside
import placeholders
from describe import raised
from snapshot import Snapshot


class Eager:
    """Plain Python: nothing is ever pending."""

    def pending(self, _module):
        return ()

    def counts(self):
        return {}

    def settle(self, _top):
        return ""


class Deferred:
    """atimport with every module assumed deferred."""

    def __init__(self, atimport):
        self.atimport = atimport

    def pending(self, module):
        return tuple(self.atimport.pending(module))

    def counts(self):
        """Module name to (units, units run, names, names pending)."""
        table = {}
        for name, count in self.atimport.counts().items():
            table[name] = (count.units, count.units_run, count.names, count.pending)
        return table

    def settle(self, top):
        """Resolve all that is pending; the errors of modules below `top` as text (others are somebody else's)."""
        # an eager import leaves the lazy names of others (PEP 810) alone, so this does too
        errors = self.atimport.resolve("*", lazy=False).errors
        return "\n".join(f"{key}: {raised(error)}" for key, error in errors if (key + ".").startswith(top + "."))

    def explain(self, name, wanted):
        """A module's diagnostics, and the lines that touching each of the `wanted` names runs."""
        found = self.atimport.explain(name).diagnostics
        lines = {}
        for one in wanted:
            try:
                statements = self.atimport.explain(name, one).statements
            except LookupError:
                continue  # a submodule, or a name that deferred code adds
            lines[one] = [(statement.first_line, statement.last_line) for statement in statements]
        diagnostics = [(one.code, one.line, one.end_line, one.message, one.advice) for one in found]
        return {"diagnostics": diagnostics, "lines": lines}


def forget(name):
    """Drop `name` and its submodules from sys.modules, so that start-up's copy is not what gets compared."""
    for key in list(sys.modules):
        if key == name or key.startswith(name + "."):
            del sys.modules[key]


def work(request, deferral):
    """Run one request; returns (facts about the run, entries to compare)."""
    name, top = request["module"], request["module"].partition(".")[0]
    facts = {"raised": "", "pending": 0, "counts": (), "deferred": 0, "units": 0, "units_run": 0, "order": []}
    if request["explain"] is not None:
        return deferral.explain(name, request["explain"]), {}
    forget(name)
    try:
        __import__(name)
        module = sys.modules[name]
    except BaseException as error:
        facts["raised"] = raised(error)
        return facts, {}
    import_facts(facts, name, module, deferral)
    taken = Snapshot(top)
    entries = taken.entries
    touching = orders.Touching(request, deferral.pending)
    touching.run()
    taken.put(f"{name}#star import", lambda: " ".join(sorted(map(str, orders.star_import(name)))))
    touching.finish()
    if touching.listed is not None:
        entries[f"{name}#dir half-way"] = touching.listed
    facts.update(order=touching.order, before_look=touching.before_look, public=touching.names)
    for key, text in touching.failures.items():
        entries[f"{key}#touch"] = text
    members = describe_family(taken, name)
    entries[f"{name}#submodules"] = " ".join(key for key, _ in members)
    entries[f"{name}#pending at the end"] = " ".join(
        f"{key}:{left}" for key, member in members for left in deferral.pending(member)
    )
    complete = [(key, member) for key, member in members if is_complete(member)]
    leaks = touching.leaks + placeholders.reachable([member for _, member in complete])
    for key, member in complete:
        leaks += placeholders.in_namespace(f"vars({key})", vars(member))
    entries[f"{name}#placeholders"] = "\n".join(leaks)
    facts["units_run"] = deferral.counts().get(name, (0, 0))[1]
    if request["settle"]:
        taken.put("outside#resolve", deferral.settle, top)
        entries.update(outside.effects())
        entries["outside#sys.modules"] = " ".join(sorted(sys.modules))
    return facts, entries


def describe_family(taken, name):
    """Describe the module and its submodules, until describing them (private names included) loads no other."""
    described = {}
    while fresh := [(key, member) for key, member in orders.family(name) if key not in described]:
        described.update(fresh)
        for key, member in fresh:
            taken.put(f"{key}#describing", taken.module, member, key)
    return sorted(described.items())


def is_complete(module):
    """Whether all of a module could be executed; what `describe_family` put down says what was raised if not."""
    try:
        vars(module)
    except Exception:
        return False
    return True


def import_facts(facts, name, module, deferral):
    """What the import alone did: the numbers of the report."""
    counts = deferral.counts()
    facts["deferred"] = len(counts)
    if name in counts:
        facts["counts"] = counts[name]
        facts["units"] = counts[name][0]
        facts["pending"] = len(deferral.pending(module))
