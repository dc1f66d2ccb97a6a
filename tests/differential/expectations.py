"""Known mismatches and known breakers of promises, each with its explanation: `expected.toml`.

    [[mismatch]]
    module = "decimal"            # as the report names it
    pythons = ["3.11", "3.12"]    # all, when left out
    names = ["getcontext"]        # only these top-level names may differ; any, when left out
    code = "AT012"                # the diagnostic of `atimport explain` ...
    line = 118                    # ... and the statement it names
    why = "registers itself with `numbers` while it is imported"

    [[mismatch]]
    module = "unittest.mock"
    aspect = "order"              # only this aspect; any, when left out
    deviation = "order of keys"   # instead of a code: words of `spec/deviations.md`, which lists the difference
    why = "names that functions rebind"

    [[mismatch]]
    module = "trio*"              # a pattern, for what one cause does to many
    key = "__replace__"           # only mismatches whose key contains this
    code = "ATI101"
    of = "attr._make"             # the diagnostic stands in this module, which the import loads
    why = "shares one function between all classes, and renames it"

    [[pin]]
    module = "sqlalchemy.pool.events"   # is pinned eager, so that the rest of its package can be compared
    code = "ATI102"                     # the diagnostic that an author would have been told
    why = "its classes register their events by being defined"

An entry is a claim, and is checked as one: a mismatch that no entry lists fails the run, and so does an entry for a
module which was compared and agreed, or whose diagnostics do not have that code at that line.  A pin is checked by its
diagnostic, and by everything else that must agree once it is there.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import pathlib
import tomllib

from atimport.verification.compare import Mismatch, Verdict

FILE = pathlib.Path(__file__).with_name("expected.toml")
DEVIATIONS = pathlib.Path(__file__).resolve().parents[2] / "spec" / "deviations.md"
REQUIRED = ("module", "why")
KNOWN = {
    "mismatch": (*REQUIRED, "code", "of", "deviation", "aspect", "pythons", "names", "key", "line"),
    "pin": (*REQUIRED, "code", "deviation", "pythons", "line"),
}


@dataclasses.dataclass(frozen=True)
class Expectation:
    """One entry; an empty tuple means "any"."""

    module: str
    why: str
    code: str = ""
    deviation: str = ""
    of: str = ""
    aspect: str = ""
    key: str = ""
    pythons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    line: int = 0

    def covers(self, verdict: Verdict, mismatch: Mismatch, version: str) -> bool:
        """Whether this entry explains `mismatch`: the diagnostic, or deviation, that it names must really be there."""
        return (
            self.is_about(verdict.target.module)
            and self.holds(verdict)
            and self.key in mismatch.key
            and (not self.aspect or mismatch.aspect == self.aspect)
            and self.speaks_of(version)
            and (not self.names or mismatch.name in self.names)
        )

    def is_about(self, module: str) -> bool:
        """Whether the entry is about this module."""
        return fnmatch.fnmatchcase(module, self.module)

    def speaks_of(self, version: str) -> bool:
        """Whether the entry is about this version of Python."""
        return not self.pythons or version in self.pythons

    def holds(self, verdict: Verdict) -> bool:
        """Whether what the entry refers to is there: words of `spec/deviations.md`, or the module's diagnostic."""
        if self.deviation:
            return self.deviation in DEVIATIONS.read_text()
        place = f"{self.of}: " if self.of else ""
        place += f"{self.code} line {self.line}:" if self.line else f"{self.code} "
        return any(line.startswith(place) for line in verdict.diagnostics)


def load(path: pathlib.Path = FILE, kind: str = "mismatch") -> list[Expectation]:
    """Read the entries of one kind, `mismatch` or `pin`.

    Raises `SystemExit` naming an entry that lacks a field or has one too many.
    """
    entries = tomllib.loads(path.read_text()).get(kind, []) if path.exists() else []
    for number, entry in enumerate(entries, 1):
        lacking = [field for field in REQUIRED if not entry.get(field)]
        lacking += [] if bool(entry.get("code")) != bool(entry.get("deviation")) else ["one of code and deviation"]
        strange = [field for field in entry if field not in KNOWN[kind]]
        if lacking or strange:
            raise SystemExit(
                f"{path}: {kind} {number} lacks {lacking or 'nothing'}, does not know {strange or 'nothing'}"
            )
    return [
        Expectation(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})
        for entry in entries
    ]


def unexpected(verdict: Verdict, expectations: list[Expectation], version: str) -> list[Mismatch]:
    """The mismatches of a module that no entry covers."""
    return [
        mismatch
        for mismatch in verdict.mismatches
        if not any(one.covers(verdict, mismatch, version) for one in expectations)
    ]


def pinned(pins: list[Expectation], version: str) -> frozenset[str]:
    """The modules that are pinned eager on this version."""
    return frozenset(one.module for one in pins if one.speaks_of(version))


def unfounded(verdicts: list[Verdict], pins: list[Expectation], version: str) -> list[Expectation]:
    """The pins of modules that were compared and do not have what the pin refers to."""
    found = compared(verdicts)
    return [one for one in pins if one.speaks_of(version) and one.module in found and not one.holds(found[one.module])]


def outdated(
    verdicts: list[Verdict], expectations: list[Expectation], version: str, *, whole: bool = True
) -> list[Expectation]:
    """The entries whose modules were compared on this version without showing any mismatch that they cover.

    Unless the run is a `whole` one, an entry about many modules may be about others than those that were compared.
    """
    found = compared(verdicts)
    return [
        one
        for one in expectations
        if one.speaks_of(version)
        and (whole or "*" not in one.module)
        and (about := [verdict for verdict in found.values() if one.is_about(verdict.target.module)])
        and not any(one.covers(verdict, mismatch, version) for verdict in about for mismatch in verdict.mismatches)
    ]


def compared(verdicts: list[Verdict]) -> dict[str, Verdict]:
    """The verdicts on modules that could be compared, by module."""
    return {verdict.target.module: verdict for verdict in verdicts if verdict.state == "compared"}
