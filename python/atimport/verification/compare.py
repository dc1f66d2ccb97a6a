"""Two eager processes and some deferred ones, compared: the verdict on one module.

The two eager runs are the *baseline*.  Whatever differs between them cannot be held against anybody: a clock, a process
id, a random token, a set in the order of addresses.  Those keys are ignored for this module, and reported.  Everything
else has to be equal, in every order.

Before that, by rule and for every module: addresses are masked, sets sorted, long texts cut and hashed
(`child/describe`; PYTHONHASHSEED is fixed); loaders, ``__warningregistry__``, the order of ``__static_attributes__``
and the type of modules other than the one under test are not looked at (`child/snapshot`); output is a bag of lines,
and a warning that blames its caller, which is this harness, loses that place (`lines`); modules that were loaded before
the job do not count (`loaded`).

Some differences are *watched* instead of failed, unless the caller is strict about them:

``dir half-way``
    what `dir` says while names are pending; a submodule that an eager import would have bound is not known to a module
    whose imports have not run
``bytecode``
    the instructions of a function; CPython compiles a call of a name differently when it sees the name imported at
    module level
``order with submodules``
    the order of the module's names with its submodules among them, which are bound by whoever imports them first; the
    order without them has to be equal
"""

from __future__ import annotations

import collections
import dataclasses
import re
import sys
from collections.abc import Mapping

from .processes import SERVER, How, Outcome
from .targets import Target

EARLY = "dir half-way"
WATCHED = (EARLY, "bytecode", "order with submodules")
# Never noise, whatever two eager runs say: 3.15's own lazy imports are seen half-way in one order and not in another.
ALWAYS = ("placeholders", "pending at the end", "key types")
MISSING = "(missing)"
MODULES = "outside#sys.modules"
STDLIB_NAMES = sys.stdlib_module_names
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
CALLER = re.compile(rf"^{re.escape(str(SERVER.parent))}/\w+\.py:\d+: ")


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """One difference; `key` is "module:name#aspect", or the ending of the process for hangs and crashes."""

    key: str
    eager: str
    deferred: str
    seed: int
    route: int

    @property
    def aspect(self) -> str:
        """What differs: the part of the key behind ``#``."""
        return self.key.partition("#")[2]

    @property
    def name(self) -> str:
        """The top-level name concerned, or nothing when the module as a whole differs."""
        return self.place.partition(":")[2]

    @property
    def place(self) -> str:
        """The module, and the top-level name if there is one: "module:name"; nothing, or "outside", elsewhere."""
        module, colon, path = self.key.partition("#")[0].partition(":")
        return module + colon + path.partition(".")[0]


@dataclasses.dataclass(frozen=True)
class Order:
    """What a process touched, "module:name" each, and how many of them before its route's look at the namespace."""

    touches: list[str]
    before_look: int


@dataclasses.dataclass
class Verdict:
    """What was found out about one module on one interpreter."""

    target: Target
    state: str = "compared"  # or "left out": it does not import eagerly
    reason: str = ""
    deferred: bool = False
    units: int = 0
    units_run: int = 0  # by the import, the touches and the snapshot of the first order
    pending: int = 0
    noise: tuple[str, ...] = ()
    mismatches: list[Mismatch] = dataclasses.field(default_factory=list)
    watched: list[Mismatch] = dataclasses.field(default_factory=list)
    orders: dict[int, Order] = dataclasses.field(default_factory=dict)  # seed -> touch order, where it mismatched
    diagnostics: list[str] = dataclasses.field(default_factory=list)  # "CODE line N: message"


def baseline(first: Outcome, second: Outcome, start_up: frozenset[str]) -> frozenset[str]:
    """The keys in which two eager runs of one module differ; a run that failed excuses nothing."""
    found: set[str] = set()
    if not (first.completed and second.completed):
        return frozenset()
    if first.blob != second.blob:
        one, two = first.entries, second.entries
        for entries in (one, two):
            if MODULES in entries:
                entries[MODULES] = loaded(entries[MODULES], start_up)
        # A run that does not settle has no "outside" entries.
        settled = "outside#resolve" in one and "outside#resolve" in two
        keys = [key for key in one.keys() | two.keys() if settled or not outside(key)]
        keys = [key for key in keys if looked_at(key, one) and looked_at(key, two)]
        found = {key for key in keys if one.get(key) != two.get(key) and key.partition("#")[2] not in ALWAYS}
    for stream in ("out", "err"):
        if lines(getattr(first, stream)) != lines(getattr(second, stream)):
            found.add(f"#{stream}")
    return frozenset(found)


def compare(
    eager: Outcome,
    deferred: Outcome,
    *,
    noise: frozenset[str],
    start_up: frozenset[str],
    how: How,
) -> list[Mismatch]:
    """All differences between an eager run and a deferred one, which was done as `how` says; watched ones included."""
    if deferred.ending != "ok":
        return [Mismatch(f"#{deferred.ending}", "ok", deferred.detail, how.seed, how.route)]
    if deferred.raised:
        return [Mismatch("#import", "imported", deferred.raised, how.seed, how.route)]
    found = []
    expected, got = eager.entries, deferred.entries
    for key in [*expected, *(key for key in got if key not in expected)]:
        if key in noise or (outside(key) and not how.settle) or not looked_at(key, got):
            continue
        before, after = expected.get(key, MISSING), got.get(key, MISSING)
        if key == MODULES:
            before, after = loaded(before, start_up), loaded(after, start_up)
            # What comes on top is atimport reading a source (`importlib.util.decode_source` imports `tokenize`).
            also = set(after.split()) - set(before.split())
            after = " ".join(n for n in after.split() if n not in also or n.partition(".")[0] not in STDLIB_NAMES)
        if key.endswith("#placeholders"):  # fewer than eagerly is no fault: the module has lazy imports of its own
            after = "\n".join(line for line in after.splitlines() if line not in before.splitlines())
            before = ""
        if before != after:
            found.append(Mismatch(key, before, after, how.seed, how.route))
    for stream in ("out", "err"):
        if f"#{stream}" in noise:
            continue
        expected_lines, got_lines = lines(getattr(eager, stream)), lines(getattr(deferred, stream))
        lost, added = expected_lines - got_lines, got_lines - expected_lines
        if added or (lost and how.settle):
            before, after = "\n".join(lost.elements()), "\n".join(added.elements())
            found.append(Mismatch(f"#{stream}", before, after, how.seed, how.route))
    return found


def looked_at(key: str, entries: Mapping[str, str]) -> bool:
    """Whether a process looked at what `key` stands for: `dir` is asked on one of the routes only."""
    return key in entries or not key.endswith(f"#{EARLY}")


def outside(key: str) -> bool:
    """Whether a key is about what importing changes outside of the module."""
    return key.startswith("outside#")


def loaded(text: str, start_up: frozenset[str]) -> str:
    """The modules in a `sys.modules` line that a job has loaded."""
    return " ".join(name for name in text.split() if name not in start_up and name.partition(".")[0] != "atimport")


def lines(text: str) -> collections.Counter[str]:
    """Output as a bag of lines: deferred code may say the same later.

    A warning that names its caller (``stacklevel=2``) names the line of ours that touched; that line is left out.
    """
    found: collections.Counter[str] = collections.Counter()
    after_caller = False
    for line in text.splitlines():
        if after_caller and line.startswith("  "):
            continue
        masked = CALLER.sub("<caller>: ", ADDRESS.sub("0x…", line))
        after_caller = masked.startswith("<caller>: ")
        if masked.strip():
            found[masked] += 1
    return found
