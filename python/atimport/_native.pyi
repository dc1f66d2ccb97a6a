"""The native core of atimport: the loaders, deferred modules, the override registry, the analysis."""

from collections.abc import Iterable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Literal, final

__all__ = [
    "Counts",
    "Decision",
    "DeclarationWarning",
    "DeferredExecutionError",
    "Diagnostic",
    "ExplainedStatement",
    "Explanation",
    "FrozenRegistryError",
    "ModuleCost",
    "NameCost",
    "Registration",
    "ResolveReport",
    "Rule",
    "SealedImportError",
    "SealedImportWarning",
    "Stats",
    "assume_deferred",
    "compile_script",
    "counts",
    "decide",
    "explain",
    "freeze",
    "install",
    "is_deferred",
    "is_frozen",
    "is_installed",
    "is_sealed",
    "pending",
    "pin_eager",
    "prefetch",
    "record",
    "resolve",
    "rules",
    "seal",
    "spans",
    "stats",
    "uninstall",
    "user_cache",
    "write_image",
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

class SealedImportError(ImportError):
    """
    A module from outside of what `seal` allows was asked for after the process was sealed; it was not read.

    ``name`` (str) is the module, ``importer`` (str or None) the module that asked for it, ``deferred`` (str or None)
    the deferred name, as ``module.name``, whose touch made that code run.
    """

    importer: str | None
    deferred: str | None

class SealedImportWarning(RuntimeWarning):
    """What would be a SealedImportError, had the process not been sealed with ``mode="warn"``."""

class FrozenRegistryError(RuntimeError):
    """The override registry is frozen: no rule can be added or withdrawn any more."""

@final
class Rule:
    """A pattern, who said it, and why."""

    @property
    def pattern(self) -> str:
        """Which modules it speaks about; `*` for a switch."""
    @property
    def source(self) -> str:
        """By which door it came: `"pin_eager"`, `"assume_deferred"`, `"sys.at_import_eager"` or a variable."""
    @property
    def eager(self) -> bool:
        """Whether it makes modules eager; otherwise it treats them as opted in."""
    @property
    def deep(self) -> bool:
        """Whether it holds for all that a matching module imports, too."""
    @property
    def owner(self) -> str:
        """Who made it; empty for the environment's."""
    @property
    def reason(self) -> str:
        """Why."""

@final
class Registration:
    """A rule that was added, and the right to withdraw it."""

    @property
    def rule(self) -> Rule:
        """What was added."""
    @property
    def report(self) -> ResolveReport:
        """What ran because it was still pending when the pin came."""
    def withdraw(self) -> None:
        """
        Takes the rule away again; what has run because of it has run.

        Raises FrozenRegistryError once the registry is frozen, LookupError when the rule has been withdrawn.
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
    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that speaks about the module, the strongest first."""

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
    def backend(self) -> Literal["key", "lazy", "code"]:
        """The back end that notices touches, or was the last that did: `"key"`, `"lazy"` or `"code"`."""

@final
class ModuleCost:
    """What a module cost; microseconds are own times: without what was done for other modules meanwhile."""

    @property
    def module(self) -> str:
        """Dotted name."""
    @property
    def deferred(self) -> bool:
        """Its execution was deferred."""
    @property
    def find(self) -> float:
        """Looking for its file."""
    @property
    def read(self) -> float:
        """Reading its pyc or image."""
    @property
    def unmarshal(self) -> float:
        """Making code objects of bytes."""
    @property
    def split(self) -> float:
        """Analysing and compiling its source, for want of an image."""
    @property
    def execute(self) -> float:
        """Executing it, at import."""
    @property
    def touched(self) -> float:
        """Running units of it, because names were touched."""
    @property
    def total(self) -> float:
        """All of these."""
    @property
    def bytes(self) -> int:
        """Bytes read for it."""

@final
class NameCost:
    """What touching a name cost."""

    @property
    def module(self) -> str:
        """Dotted name of the module."""
    @property
    def name(self) -> str:
        """The name."""
    @property
    def microseconds(self) -> float:
        """Microseconds, with all that it needed: other modules' imports, too."""
    @property
    def own(self) -> float:
        """Microseconds in units of this module."""

@final
class Stats:
    """Where the time went."""

    @property
    def modules(self) -> tuple[ModuleCost, ...]:
        """The modules, the most expensive first."""
    @property
    def names(self) -> tuple[NameCost, ...]:
        """The names that were touched, the most expensive first."""

def install() -> None:
    """
    Honours ``__at_import__`` in every module that is imported from now on; idempotent.

    Puts the loaders into ``sys.path_hooks``. Raises RuntimeError in an interpreter that isn't supported.
    """

def uninstall() -> None:
    """Takes the loaders away; idempotent. Modules imported with them stay as they are."""

def is_installed() -> bool:
    """Whether the loaders are in place."""

def prefetch(patterns: list[str], sources: list[tuple[str, str]]) -> int:
    """
    Has native threads read the images and pycs of those of ``sources`` (pairs of name and path) that a pattern matches.

    Returns the number of modules. Raises ValueError naming a malformed pattern.
    """

def pin_eager(pattern: str, *, reason: str = "", owner: str = "", deep: bool = False) -> Registration:
    """
    Makes modules eager whatever they declare; always wins, whenever it is called.

    pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it), ``*``, a glob (``pkg.*.tests``),
    or the absolute path of a source file or folder. deep: it holds for all that is imported while a matching module
    executes, too. owner: who says it; the calling module by default. What is pending in matching modules runs at once:
    see the report. Raises ValueError naming a malformed pattern, FrozenRegistryError once the registry is frozen.
    """

def assume_deferred(pattern: str, *, reason: str = "", owner: str = "") -> Registration:
    """
    Treats modules as opted in.

    pattern and owner: as for pin_eager. Raises ValueError naming a malformed pattern, FrozenRegistryError once the
    registry is frozen.
    """

def freeze() -> None:
    """
    Ends all change of rules in this process: adding and withdrawing raise FrozenRegistryError, and
    ``sys.at_import_eager`` is not read again. There is no way back.
    """

def is_frozen() -> bool:
    """Whether the registry is frozen."""

def rules() -> tuple[Rule, ...]:
    """Every rule, in the order in which they came."""

def decide(name: str, *, path: str | None = None) -> Decision:
    """
    What the rules say about a module's dotted name, which need not exist; imports nothing.

    All names that the module has in ``sys.modules`` count. path: its source path, for rules about paths; that of the
    imported module by default.
    """

def is_deferred(module: ModuleType) -> bool:
    """Whether any name of a module is pending; triggers nothing."""

def pending(module: ModuleType) -> tuple[str, ...]:
    """Pending names of a module, in the order in which an eager run binds them; triggers nothing."""

def resolve(target: str | ModuleType = "*", *, lazy: bool = True) -> ResolveReport:
    """
    Executes what is pending in a module, in modules matching a pattern, or behind one name.

    target: a module, its dotted name, ``pkg.mod.name``, or a pattern (``pkg.*``; ``*`` means everything). Goes on until
    nothing is pending; on 3.15 names that hold lazy objects (PEP 810) in modules that match a pattern are resolved and
    bound too, unless `lazy` is false.
    Errors of deferred code are collected in the report. Raises LookupError when the target matches no imported module
    and no name of one, ValueError when it is malformed.
    """

def seal(*, allow: str | Iterable[str] = "stdlib", mode: Literal["raise", "warn"] = "raise") -> None:
    """
    The point of no return: from now on no module is read that `allow` doesn't name.

    allow: patterns as for pin_eager, one or several; ``"stdlib"`` stands for the standard library. mode: ``"raise"``:
    the import raises SealedImportError; ``"warn"``: it warns (SealedImportWarning) and goes on. Deferred code may still
    run; modules found missing by an earlier `resolve` fail as such, without a look at the disk; nothing more is
    deferred. Sealing again can only forbid more. Raises ValueError for a malformed pattern or another mode.
    """

def is_sealed() -> bool:
    """Whether the process is sealed."""

def write_image(
    path: str,
    module: str,
    is_package: bool,
    *,
    assume: bool = False,
    flagged: bool = False,
    checked_hash: bool | None = None,
    force: bool = False,
) -> tuple[str, Path | None]:
    """
    Splits a source file and writes its image beside it; runs nothing.

    For ``atimport compile`` and for installers (see ``atimport.installer``). path: the source; module: its dotted name;
    is_package: whether it is a package's. assume: also if it declares nothing; flagged: the image says that the module
    is to be deferred without a line in it. checked_hash: None for an image that knows its source by time and size, else
    by its hash (PEP 552), and whether an import compares that. force: also if there is one that can be used.
    Returns what came of it, ``"written"``, ``"fresh"`` (there was one), ``"undeclared"``, ``"eager"`` (can't be
    deferred, so not flagged) or ``"uncached"`` (no place for one), and the path of the image, if there is one.
    Raises SyntaxError for a source that can't be compiled, OSError when the image can't be written.
    """

def user_cache() -> Path | None:
    """Folder of this user's images of sources whose own folders can't be written, None where there is none."""

def compile_script(source: bytes, path: bytes) -> CodeType:
    """
    Compiles a script, as read from its file, without the classes of ``ast`` that the built-in ``compile`` makes.

    `path` is encoded as ``os.fsencode`` does. Raises SyntaxError, and ValueError for a null byte.
    """

def explain(source: str, path: str, module: str, is_package: bool, name: str | None = None) -> Explanation:
    """
    Which lines of a source run for a name (or, without one, of all), when, and why; runs nothing.

    Raises ValueError when the source can't be parsed, LookupError when no such name is bound.
    """

def record(on: bool) -> None:
    """Starts recording where the time goes, afresh, or stops it; what was recorded stays."""

def spans() -> list[tuple[str, str, str | None, float, float, float, int, int]]:
    """
    What has been recorded, in the order in which it ended.

    Each is what was done (``"find"``, ``"read"``, ``"unmarshal"``, ``"split"``, ``"execute"``, ``"defer"`` or
    ``"touch"``), for which module, the name that was touched or None; its begin, its duration and its own time, without
    the spans within it, in microseconds; bytes; and a number for the thread.
    """

def stats() -> Stats:
    """Where the time went while it was recorded (see ``atimport.profiling``): module by module, name by name."""

def counts() -> dict[str, Counts]:
    """How much of each module that was imported deferred has run, by module name; complete modules too."""
