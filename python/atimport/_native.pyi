"""The native core of atimport: the loaders, deferred modules, the override registry, the analysis."""

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
    """
    Deferred code raised an exception that a name lookup would have taken for "no such name".

    Raised from that exception (an AttributeError, KeyError or NameError), which is its ``__cause__``. The attributes
    ``name`` (str, the module's qualified name) and ``path`` (str, its source file) say where the code stands.
    Not an ImportError, so that ``except ImportError`` around an import does not swallow it.
    """

    name: str
    path: str

class DeclarationWarning(RuntimeWarning):
    """A module's ``__at_import__`` is not a valid declaration, or the module can't be split; it was executed
    eagerly.
    """

@final
class Decision:
    """How a module is executed, and who said so."""

    @property
    def mode(self) -> Literal["eager", "deferred", "declaration"]:
        """`"eager"`, `"deferred"`, or `"declaration"` when it is up to the module's own declaration."""
    @property
    def rule(self) -> str | None:
        """The pattern, or the variable, of the rule that won; `None` when no rule did."""
    @property
    def source(self) -> str:
        """Who made the rule."""
    @property
    def reason(self) -> str:
        """Why."""

@final
class ResolveReport:
    """What `atimport.resolve` did."""

    @property
    def resolved(self) -> tuple[str, ...]:
        """Qualified names that were pending and are resolved now, in the order in which they were taken."""
    @property
    def errors(self) -> tuple[tuple[str, BaseException], ...]:
        """`(qualified name, exception)` for each unit that raised; its names are still pending."""

@final
class ExplainedStatement:
    """One statement of an explanation."""

    @property
    def first_line(self) -> int:
        """First line, 1-based."""
    @property
    def last_line(self) -> int:
        """Last line, 1-based."""
    @property
    def unit(self) -> int | None:
        """The statement's unit; `None` when it runs at import."""
    @property
    def names(self) -> tuple[str, ...]:
        """Names that it binds."""
    @property
    def reason(self) -> str:
        """Why it is here, as a clause."""
    @property
    def at_import(self) -> bool:
        """It runs at import."""

@final
class Diagnostic:
    """Something an author should know about a statement."""

    @property
    def code(self) -> str:
        """For instance `"ATI101"`."""
    @property
    def line(self) -> int:
        """First line, 1-based."""
    @property
    def end_line(self) -> int:
        """Last line, 1-based."""
    @property
    def message(self) -> str:
        """What."""
    @property
    def advice(self) -> str:
        """What to do about it."""

@final
class Explanation:
    """Which lines run for a name, and why."""

    @property
    def declaration(self) -> str:
        """`"none"`, `"__at_import__ = None"`, `"hook"` or `"invalid (line N): …"`."""
    @property
    def name(self) -> str | None:
        """The name asked about."""
    @property
    def statements(self) -> tuple[ExplainedStatement, ...]:
        """The statements, in the order in which they run."""
    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What in the module relies on running at import, or keeps statements together."""

@final
class Counts:
    """How much of a deferred module has run."""

    @property
    def units(self) -> int:
        """Units of the plan."""
    @property
    def units_run(self) -> int:
        """Units that have run to their end."""
    @property
    def names(self) -> int:
        """Module-level names of the plan."""
    @property
    def pending(self) -> int:
        """Names that were pending when the import ended."""
    @property
    def backend(self) -> Literal["key", "lazy"]:
        """The back end that noticed touches: `"key"` or `"lazy"`."""

def install() -> None:
    """
    Honours ``__at_import__`` in every module that is imported from now on; idempotent.

    Puts the loaders into ``sys.path_hooks``. Raises RuntimeError in an interpreter that isn't supported.
    """

def uninstall() -> None:
    """Takes the loaders away; idempotent. Modules imported with them stay as they are."""

def is_installed() -> bool:
    """Whether the loaders are in place."""

def pin_eager(pattern: str, *, reason: str = "") -> None:
    """
    Makes modules eager whatever they declare; always wins.

    pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it) or ``*``.
    Raises ValueError naming a malformed pattern.
    """

def assume_deferred(pattern: str, *, reason: str = "") -> None:
    """
    Treats modules as opted in.

    pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it) or ``*``.
    Raises ValueError naming a malformed pattern.
    """

def decide(name: str) -> Decision:
    """What the rules say about a module's dotted name, which need not exist; imports nothing."""

def is_deferred(module: ModuleType) -> bool:
    """Whether any name of a module is pending; triggers nothing."""

def pending(module: ModuleType) -> tuple[str, ...]:
    """Pending names of a module, in the order in which an eager run binds them; triggers nothing."""

def resolve(target: str | ModuleType = "*") -> ResolveReport:
    """
    Executes what is pending in a module, in modules matching a pattern, or behind one name.

    target: a module, its dotted name, ``pkg.mod.name``, or a pattern (``pkg.*``; ``*`` means everything).
    Errors of deferred code are collected in the report. Raises LookupError when the target matches no imported module
    and no name of one, ValueError when it is malformed.
    """

def explain(source: str, path: str, module: str, is_package: bool, name: str | None = None) -> Explanation:
    """
    Which lines of a source run for a name (or, without one, of all), when, and why; runs nothing.

    Raises ValueError when the source can't be parsed, LookupError when no such name is bound.
    """

def counts() -> dict[str, Counts]:
    """How much of each module that was imported deferred has run, by module name; complete modules too."""
