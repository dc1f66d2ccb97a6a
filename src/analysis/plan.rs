//! The plan: what the analysis tells the later layers about one module.
//!
//! Terms: a *declaration* is what the module says about `__at_import__`; a *statement* is a top-level statement, numbered
//! as in CPython's `ast.parse(source).body`; a *part* of a statement is what a unit executes of it (an annotated
//! assignment has two, its value and its annotation; an import of several modules one each); a *unit* is a set of parts that always run together, in source
//! order; the *prelude* is all that runs at import.
//!
//! Which question does this file answer? "What does the runtime have to do, and in which order?" and nothing about why:
//! reasons are in [`super::diagnostics`] and [`super::explain`]. It is separate from the code that computes it because
//! the image, the loader and the tests read plans and never make them.
//!
//! ```python
//! __at_import__ = None        # statement 0, dropped: the declaration itself is bound by the prelude
//! import os                   # statement 1, unit 0, binds `os`
//! a = os.getcwd()             # statement 2, unit 1, binds `a`, depends on unit 0
//! register(a)                 # statement 3, prelude (and so are units 0 and 1, because it needs them)
//! ```
//!
//! # Invariants
//! - Every statement part is in exactly one unit, in the prelude, or dropped.
//! - `Unit::dependencies` is acyclic and closed only one step: the runtime takes the transitive closure.
//! - A unit never depends on the prelude (the prelude has run before any unit can be touched after import).
//! - `Name::unit` is `None` exactly for names that the prelude binds.

use super::ids::{NameId, StmtId, UnitId};

/// What the module says about `__at_import__`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// The name is not bound at module level.
    Absent,
    /// `__at_import__ = None`: nothing has to run at import.
    Nothing,
    /// `def __at_import__(): ...`.
    Hook {
        /// The portable form: the last statement is the bare call `__at_import__()`, which the loader drops because it
        /// calls the hook itself.
        portable: bool,
    },
    /// Any other binding of the name: the module runs eagerly and a warning says why.
    Invalid {
        /// 1-based line of the offending statement.
        line: u32,
        /// A clause that completes "`__at_import__` …", for instance "is bound under a condition".
        reason: String,
    },
}

/// Which part of a top-level statement a unit executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The statement as it stands.
    Whole,
    /// Of `name: annotation = value`, the assignment `name = value`.
    Value,
    /// Of `name: annotation = value` or `name: annotation`, the bare `name: annotation`.
    Annotation,
    /// Of `import a, b`, or of `from . import a, b`, one of the modules that it imports, by position.
    Alias(u32),
}

/// A part of a statement, in the order in which eager execution reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// Position in `Module.body`.
    pub statement: StmtId,
    /// How much of it.
    pub part: Part,
}

/// Where a top-level statement stands in the source; compared with CPython's own positions before a plan is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// First byte, decorators included.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// First line, 1-based, decorators included.
    pub first_line: u32,
    /// Last line, 1-based.
    pub last_line: u32,
    /// First byte of its body, where that can be compiled apart from it ([`super::apart`]).
    pub body: Option<u32>,
    /// That body aside, it may be compiled in another way where no import goes before it: it calls a method of a name, which
    /// may be imported, or annotates one, for which the compiler prepares at the first statement.
    pub needs_imports: bool,
}

/// Pieces that always run together, in source order, when one of their names is touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What runs, ascending.
    pub pieces: Vec<Piece>,
    /// Units that must be complete before this one runs, ascending; a unit may stand before or after its dependencies.
    pub dependencies: Vec<UnitId>,
    /// Names that executing this unit reads, or may read, and that neither it nor one of its dependencies binds: names
    /// bound by the prelude, builtins, names from star imports, names that nobody binds, and names of units that only
    /// code reads which may not run at all. Sorted. An outside write to one of them must run this unit first.
    pub free_reads: Vec<String>,
    /// Some import of this unit stands in a `try` whose handlers may catch anything: modules imported while the unit runs
    /// must execute eagerly, so that their failures reach the handler.
    pub guarded_imports: bool,
    /// Some import of this unit stands in a `try` with handlers for an `ImportError`: of modules imported while the unit runs,
    /// what may fail to import must run at once.
    pub checked_imports: bool,
    /// All its statements are plain imports, which may run again when they are needed while they run.
    pub only_imports: bool,
    /// Some statement of it imports modules, or runs code that may.
    pub may_import: bool,
    /// Some statement of it may raise an `ImportError`.
    pub may_fail: bool,
}

/// A module-level name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier, after NFKC normalisation as CPython stores it.
    pub text: String,
    /// The unit that binds it, or `None` when the prelude does.
    pub unit: Option<UnitId>,
    /// The first statement that binds it; before that statement an eager run does not have the name. Of
    /// `__annotations__`, which exists before anything runs, the first statement of all.
    pub first: StmtId,
    /// The unit binds the name on every path that completes. Otherwise the name may turn out not to exist.
    pub definite: bool,
    /// The name is (also) bound because an import statement of this package loads the submodule of that name.
    pub submodule: bool,
    /// Nothing else binds it.
    pub only_submodule: bool,
}

/// What runs at import, in order. The steps are made so that code running at import sees exactly the names that an
/// eager run would have bound by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// From here on these names are pending: `(first, one past the last)` of [`Plan::names`], skipping those without
    /// a unit.
    Announce(NameId, NameId),
    /// Execute these pieces as one code object.
    Run(Vec<Piece>),
    /// Pending units of any module that may import run, and so do those of modules that are imported from here on: the
    /// next piece looks at all of `sys.modules`.
    CompleteModules,
    /// What this module has copied from others by `*` gets its values, and of a package, pending units of its submodules that may
    /// import run: the next piece may look at any name.
    CompleteNamespace,
}

/// How a module is to be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the module declares.
    pub declaration: Declaration,
    /// Every top-level statement, in source order.
    pub statements: Vec<Statement>,
    /// The units, in the order of their first piece.
    pub units: Vec<Unit>,
    /// The names, in the order in which an eager run first binds them.
    pub names: Vec<Name>,
    /// The prelude, in order. The module's docstring, when there is one, is its first piece.
    pub prelude: Vec<Step>,
    /// The module mentions a builtin that gives it its own namespace as a dict (`globals` and what can reach it anywhere;
    /// `locals` and `vars` at module level): its dict must resolve names by itself, and when one of its functions looks
    /// `globals` up, everything pending is resolved first.
    pub namespace_readers: bool,
    /// Dotted absolute names of modules imported anywhere in this file (functions included) inside a `try` with
    /// handlers, sorted: their failures are expected, so they execute eagerly when this module imports them.
    pub guarded_targets: Vec<String>,
    /// The same, where nothing but an `ImportError` is expected of them.
    pub checked_targets: Vec<String>,
    /// Absolute names of all modules that top-level statements import, sorted; for tools and tests.
    pub imports: Vec<String>,
}

impl Plan {
    /// The unit that a name belongs to, by text.
    #[must_use]
    pub fn unit_of(&self, text: &str) -> Option<UnitId> {
        self.names.iter().find(|name| name.text == text).and_then(|name| name.unit)
    }

    /// The pieces that run at import, in order.
    pub fn at_import(&self) -> impl Iterator<Item = Piece> + '_ {
        let run = self.prelude.iter().filter_map(|step| match step {
            Step::Run(pieces) => Some(pieces),
            Step::Announce(..) | Step::CompleteModules | Step::CompleteNamespace => None,
        });
        run.flatten().copied()
    }

    /// Inclusive line ranges of a unit's pieces, ascending.
    #[must_use]
    pub fn lines(&self, unit: UnitId) -> Vec<(u32, u32)> {
        self.units[unit.index()]
            .pieces
            .iter()
            .map(|piece| {
                let statement = self.statements[piece.statement.index()];
                (statement.first_line, statement.last_line)
            })
            .collect()
    }
}
