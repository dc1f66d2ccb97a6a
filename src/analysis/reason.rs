//! Why statements run at import.
//!
//! Terms: a *reason* is why one unit is in the prelude; its *kind* is the rule, under which reasons are counted.
//!
//! ```python
//! """A module."""            # Docstring: it is bound first
//! LIMIT = 3                  # Literal: binding it is cheaper than deferring it
//! import atexit              # Needed: line 4 runs at import and needs it
//! atexit.register(print)     # Effect: it calls code outside the module
//! ```
//!
//! It is separate from [`super::prelude`], which finds the reasons, because diagnostics, explanations and measurements read
//! them, and none of them should know a rule by its wording.

use std::fmt;

use super::ids::StmtId;

/// Why a unit runs at import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It binds the docstring, or is a `from __future__` import, which must open the module.
    Opening,
    /// It is the declaration.
    Declaration,
    /// It only makes annotations, which are evaluated when somebody asks for them.
    Annotations,
    /// It binds a literal, which is cheaper than deferring it.
    Literal,
    /// It exists for an effect that must not wait; a clause that completes "because …".
    Effect(String),
    /// The interpreter looks this name up by itself.
    System(String),
    /// The hook changes this name.
    Hook(String),
    /// It may leave this name, which is a built-in one, unbound.
    MayUnbind(String),
    /// It makes a subclass, and the module asks for `__subclasses__`.
    Subclasses,
    /// It looks at all of `sys.modules`, or may look for a module there that nothing above imports.
    ListsModules,
    /// It may read or bind any name of the module.
    AnyName,
    /// It imports `*`.
    Star,
    /// It binds names that begin with this text, and that the source doesn't tell.
    ComputedNames(String),
    /// It rebinds a name that every definition and import reads.
    SilentName,
    /// A later statement runs at import for one of the four reasons before.
    BeforeBarrier(Box<Reason>),
    /// That statement runs at import and needs it.
    Needed(StmtId),
    /// That statement runs at import and changes, or calls into, an object from outside that this one reads.
    OutsideOrder(StmtId),
    /// It uses what the thread that imports the module has for itself.
    ThreadBound,
    /// It imports, or switches something, before that statement switches something that imports may see.
    BeforeSwitch(StmtId),
    /// A statement between its parts runs at import.
    Straddles,
    /// The module is too large to be analysed.
    TooLarge,
}

impl Reason {
    /// The rule, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Declaration => "declaration",
            Self::Annotations => "annotations",
            Self::Literal => "literal",
            Self::Effect(_) => "effect",
            Self::System(_) => "system-name",
            Self::Hook(_) => "hook",
            Self::MayUnbind(_) => "may-unbind-builtin",
            Self::Subclasses => "subclasses",
            Self::ListsModules => "lists-modules",
            Self::AnyName => "any-name",
            Self::Star => "star-import",
            Self::ComputedNames(_) => "computed-names",
            Self::SilentName => "silent-name",
            Self::BeforeBarrier(_) => "before-barrier",
            Self::Needed(_) => "needed",
            Self::OutsideOrder(_) => "outside-order",
            Self::ThreadBound => "thread-bound",
            Self::BeforeSwitch(_) => "before-switch",
            Self::Straddles => "straddles",
            Self::TooLarge => "too-large",
        }
    }

    /// It runs at import because that costs less than deferring it, and not because it must: the rules of the language
    /// put it there, or it does nothing but bind an object that exists already.
    #[must_use]
    pub fn is_cheap(&self) -> bool {
        matches!(self, Self::Opening | Self::Declaration | Self::Annotations | Self::Literal)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening => write!(out, "it stands at the opening of the module, and binds its name at once"),
            Self::Declaration => write!(out, "it is the declaration"),
            Self::Annotations => write!(out, "annotations are built at once, and evaluated when they are asked for"),
            Self::Literal => write!(out, "binding a literal is cheaper than deferring it"),
            Self::Effect(why) => write!(out, "{why}"),
            Self::System(name) => write!(out, "the interpreter looks `{name}` up by itself"),
            Self::Hook(name) => write!(out, "the hook changes `{name}`"),
            Self::MayUnbind(name) => write!(out, "it may leave `{name}` unbound, and that is a built-in name"),
            Self::Subclasses => write!(out, "the module asks for `__subclasses__`"),
            Self::ListsModules => write!(out, "it asks `sys.modules` which modules are loaded"),
            Self::AnyName => write!(out, "it may read or bind any name of the module"),
            Self::Star => write!(out, "it imports `*`"),
            Self::ComputedNames(head) => write!(out, "it may bind any name that begins with `{head}`"),
            Self::SilentName => write!(out, "it rebinds a name that every definition and import reads"),
            Self::BeforeBarrier(why) => write!(out, "a later statement runs at import: {why}"),
            Self::Needed(statement) => write!(out, "statement {} runs at import and needs it", statement.0 + 1),
            Self::ThreadBound => write!(out, "it uses what every thread, or context, has for itself"),
            Self::BeforeSwitch(statement) => {
                write!(out, "imports may see what statement {} switches, and do so in source order", statement.0 + 1)
            }
            Self::OutsideOrder(statement) => {
                write!(
                    out,
                    "statement {} runs at import and may change an object from outside that it reads",
                    statement.0 + 1
                )
            }
            Self::Straddles => write!(out, "a statement between its parts runs at import"),
            Self::TooLarge => write!(out, "the module is too large to be analysed"),
        }
    }
}
