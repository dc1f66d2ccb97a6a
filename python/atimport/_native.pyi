"""The native core of atimport: the loader, the module's pending names, the override registry, the analysis."""

from types import ModuleType
from typing import Literal, final

__all__ = [
    "Counts",
    "Decision",
    "DeclarationWarning",
    "DeferredExecutionError",
    "Diagnostic",
    "ExplainedStatement",
    "Explanation",
    "ResolveReport",
    "assume_deferred",
    "counts",
    "decide",
    "explain",
    "install",
    "is_deferred",
    "is_installed",
    "pending",
    "pin_eager",
    "resolve",
    "uninstall",
]

class DeferredExecutionError(RuntimeError):
    """Deferred code raised AttributeError, KeyError or NameError, which a lookup would take for "no such name".

    The original exception is the ``__cause__``. ``name`` is the name that was touched, ``path`` the source file.
    """

    name: str | None
    path: str | None

class DeclarationWarning(RuntimeWarning):
    """A module binds ``__at_import__`` in a way that declares nothing; it is executed eagerly."""

@final
class Decision:
    """How a module would be executed, and which rule says so."""

    @property
    def mode(self) -> Literal["eager", "deferred", "declaration"]:
        """``eager``, ``deferred`` (treated as opted in), or ``declaration`` (the module's own decides)."""
    @property
    def rule(self) -> str | None:
        """The pattern that matched, or None when no rule did."""
    @property
    def source(self) -> str:
        """Where the rule comes from: a function of this package, an environment variable, or the default."""
    @property
    def reason(self) -> str:
        """The reason given with the rule, or an empty string."""

@final
class ResolveReport:
    """What `resolve` ran, and what failed."""

    @property
    def resolved(self) -> tuple[str, ...]:
        """Qualified names (``pkg.mod.name``) that were pending and are bound now."""
    @property
    def errors(self) -> tuple[tuple[str, BaseException], ...]:
        """Qualified names that are still pending, each with the exception that its unit raised."""

@final
class ExplainedStatement:
    """A top-level statement and what the analysis says of it."""

    @property
    def first_line(self) -> int:
        """First line, 1-based, decorators included."""
    @property
    def last_line(self) -> int:
        """Last line, 1-based."""
    @property
    def unit(self) -> int | None:
        """The unit that it belongs to, or None when it belongs to none."""
    @property
    def names(self) -> tuple[str, ...]:
        """The module-level names that it binds."""
    @property
    def reason(self) -> str:
        """Why it runs when it runs."""
    @property
    def at_import(self) -> bool:
        """It runs at import."""

@final
class Diagnostic:
    """Something about a module that its author should know."""

    @property
    def code(self) -> str:
        """A stable identifier of the kind."""
    @property
    def line(self) -> int:
        """First line, 1-based."""
    @property
    def end_line(self) -> int:
        """Last line, 1-based."""
    @property
    def message(self) -> str:
        """What was found."""
    @property
    def advice(self) -> str:
        """What could be done about it, or an empty string."""

@final
class Explanation:
    """Which statements of a module run, when, and why."""

    @property
    def declaration(self) -> str:
        """What the module declares, in words."""
    @property
    def name(self) -> str | None:
        """The name that was asked for; None means the whole module."""
    @property
    def statements(self) -> tuple[ExplainedStatement, ...]:
        """In source order: for a name, those that touching it runs; otherwise all."""
    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """In source order."""

@final
class Counts:
    """How much of a deferred module has run."""

    @property
    def units(self) -> int:
        """Units in all."""
    @property
    def units_run(self) -> int:
        """Units that have run."""
    @property
    def names(self) -> int:
        """Module-level names in all."""
    @property
    def pending(self) -> int:
        """Names that are pending."""

def install() -> None:
    """Honour ``__at_import__`` in every module that is imported from now on. Idempotent."""

def uninstall() -> None:
    """Stop honouring ``__at_import__``. Idempotent; modules that were imported deferred stay deferred."""

def is_installed() -> bool:
    """Whether the loader is installed."""

def pin_eager(pattern: str, *, reason: str = "") -> None:
    """Execute matching modules eagerly, whatever they declare; always wins.

    pattern: ``pkg`` (that module) or ``pkg.*`` (that module and everything below it).
    Raises ValueError naming a malformed pattern.
    """

def assume_deferred(pattern: str, *, reason: str = "") -> None:
    """Treat matching modules as opted in.

    pattern: ``pkg`` (that module) or ``pkg.*`` (that module and everything below it).
    Raises ValueError naming a malformed pattern.
    """

def decide(name: str) -> Decision:
    """Say how a module of that dotted name would be executed, and which rule says so. Imports nothing."""

def is_deferred(module: ModuleType) -> bool:
    """Whether names of the module are still pending. Triggers nothing."""

def pending(module: ModuleType) -> tuple[str, ...]:
    """Return the pending names, in the order in which an eager run binds them. Triggers nothing."""

def resolve(target: str | ModuleType = "*") -> ResolveReport:
    """Run what is still pending.

    target: a module, its dotted name, ``pkg.mod.name``, or a pattern (``pkg.*``; ``*`` means everything).
    Errors of units are collected in the report. Raises LookupError when the target matches no imported module or name.
    """

def explain(source: str, path: str, module: str, is_package: bool, name: str | None = None) -> Explanation:
    """Analyse a source and say which statements run, when, and why. Runs nothing.

    Raises ValueError when the source can't be parsed, LookupError when `name` is not a module-level name.
    """

def counts() -> dict[str, Counts]:
    """Return, by dotted name, how much has run of each module that was imported deferred, complete ones too."""
