//! What walking a piece yields, and what all walks say about a name.
//!
//! Terms: an *outcome* is all that walking one piece yields; *facts* are what the outcomes of all pieces say about one name.
//!
//! ```python
//! T = []                  # outcome: binds T to a new list.     facts of T: a list
//! def f(x): T.append(x)   # outcome: binds f; made: changes T.  facts of f: calling it changes T
//! f(g)                    # outcome: calls f.                   facts of T: ... that may hold g
//! ```
//!
//! The records are separate from the walker that fills them because most of the later steps only read them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::effects::Effects;
use super::guards::Guard;
use super::names::Symbol;
use super::parse::TextSize;
use super::symbol_set::{PieceSet, SymbolSet};
use super::value::{self, Value};

/// A decorator of this module has put something else in its place.
pub(super) const REPLACED: u16 = 1;
/// Instances may be iterators.
pub(super) const ITERATES: u16 = 1 << 1;
/// Instances are told their name when a class that has them is complete (`__set_name__`).
pub(super) const SETS_NAMES: u16 = 1 << 2;
/// Subclassing it runs code of this module.
pub(super) const HOOKS_SUBCLASSING: u16 = 1 << 3;
/// Its subclasses say in a way of their own what counts as their subclass.
pub(super) const CHECKS_SUBCLASSES: u16 = 1 << 4;
/// Using the class itself, and not an instance, may run code of this module: asking whether something is an instance or a
/// subclass of it, looking up an attribute that is a descriptor, or a member of an enumeration.
pub(super) const WORKS_AS_CLASS: u16 = 1 << 5;
/// Looking up an attribute that holds an instance of it runs code of this module (`__get__`).
pub(super) const GETS: u16 = 1 << 6;
/// Its subclasses make instances of themselves when they are defined, as enumerations do.
pub(super) const MAKES_MEMBERS: u16 = 1 << 7;
/// Calling it may give an instance that somebody has (`__new__`, or a metaclass's `__call__`).
pub(super) const SHARES_INSTANCES: u16 = 1 << 8;
/// Calling it hands the arguments to a built-in that looks into them: `class Name(str)`.
pub(super) const LOOKS_INTO_ARGUMENTS: u16 = 1 << 9;
/// Asking whether something is an instance of it looks attributes of that up (`typing.Protocol`, before CPython 3.12).
pub(super) const ASKS_ATTRIBUTES: u16 = 1 << 10;

/// What a class has from its bases.
pub(super) const INHERITED: u16 =
    ITERATES | SETS_NAMES | WORKS_AS_CLASS | MAKES_MEMBERS | SHARES_INSTANCES | LOOKS_INTO_ARGUMENTS | ASKS_ATTRIBUTES;

/// What the pieces say about one name.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Facts {
    /// The join of all that is bound to it.
    pub(super) value: Value,
    /// What the functions, methods and lambdas do that its value leads to.
    pub(super) code: Effects,
    /// Of that, what calling a function runs: all but the functions that it only hands back.
    pub(super) call: Effects,
    /// Of that, what merely using an instance may run: special methods and properties.
    pub(super) implicit: Effects,
    /// Of that, what storing an attribute or an item of it may run.
    pub(super) hooks: Effects,
    /// Of that, what making an instance certainly runs.
    pub(super) constructor: Effects,
    /// Positions of the pieces that made what its value leads to, as far as these have methods.
    pub(super) makers: PieceSet,
    /// What calling it returns; flag `ARGUMENT` means "or an argument".
    pub(super) returns: Value,
    /// What calling it puts into its arguments.
    pub(super) stored: Value,
    /// What methods put into attributes of `self`.
    pub(super) attributes: Value,
    /// Whether the name is a class of this module.
    pub(super) class: Class,
    /// Names into whose objects calling it may put its arguments.
    pub(super) keeps: SymbolSet,
    /// What is true of it, or of some of what is bound to it: `REPLACED` and so on.
    pub(super) traits: u16,
}

/// How many of a name's bindings are class statements.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Class {
    #[default]
    Never,
    Sometimes,
    Always,
}

impl Facts {
    pub(super) fn has(&self, any_of: u16) -> bool {
        self.traits & any_of != 0
    }

    /// Notes a trait where it is true.
    pub(super) fn mark(&mut self, what: u16, is_true: bool) {
        if is_true {
            self.traits |= what;
        }
    }

    /// It stands for a class of this module, and never for anything else.
    pub(super) fn is_class(&self) -> bool {
        self.class == Class::Always
    }

    /// It may stand for one.
    pub(super) fn may_be_class(&self) -> bool {
        self.class != Class::Never
    }

    /// What calling it may run: a function's body, a class's constructor, or either.
    pub(super) fn called(&self) -> Cow<'_, Effects> {
        match self.class {
            Class::Never => Cow::Borrowed(&self.call),
            Class::Always => Cow::Borrowed(&self.constructor),
            Class::Sometimes => {
                let mut either = self.call.clone();
                either.join(&self.constructor);
                Cow::Owned(either)
            }
        }
    }

    /// Reading the name may use an instance of some class, and so run special methods. A class itself is no instance of
    /// a class of this module, unless it has a metaclass here; but it may be asked who its instances are.
    pub(super) fn is_used_by_reading(&self) -> bool {
        let as_class = self.has(HOOKS_SUBCLASSING | WORKS_AS_CLASS) || self.value.has(value::TAKEN);
        self.value.has(value::MUTABLE) && (!self.is_class() || as_class)
    }
}

impl Outcome {
    /// What all code does that the piece makes: functions, methods, lambdas.
    pub(super) fn codes(&self) -> impl Iterator<Item = &Effects> {
        let made = &self.made;
        [&made.code, &made.call, &made.implicit, &made.hooks, &made.constructor]
            .into_iter()
            .chain(self.methods.values())
    }
}

/// A statement of a diagnostic, before it has lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Note {
    pub(super) code: &'static str,
    pub(super) at: TextSize,
    pub(super) detail: String,
}

/// All that walking one piece yields.
#[derive(Clone, Default, Debug)]
pub(super) struct Outcome {
    pub(super) now: Effects,
    /// What the piece binds at module level while it executes.
    pub(super) bound: Vec<(Symbol, Value)>,
    /// Methods of the classes made here, by name.
    pub(super) methods: BTreeMap<Symbol, Effects>,
    pub(super) deleted: SymbolSet,
    /// What its functions bind by `global` when they are called.
    pub(super) bound_later: Vec<(Symbol, Value)>,
    /// What it says about classes of names by storing attributes of them.
    pub(super) given: BTreeMap<Symbol, Facts>,
    /// The same, by its functions when they are called.
    pub(super) given_later: BTreeMap<Symbol, Facts>,
    /// Values put into objects of names, joined: a function may do so a thousand times.
    pub(super) contents: BTreeMap<Symbol, Value>,
    /// The same, by its functions when they are called.
    pub(super) contents_later: BTreeMap<Symbol, Value>,
    /// What it says about functions and classes that it makes; attributed to all names that the piece binds.
    pub(super) made: Facts,
    /// Names of which its classes may be subclasses.
    pub(super) inherits: SymbolSet,
    /// Names that are followed from what is called ([`super::keeping`]).
    pub(super) follows: SymbolSet,
    /// What is called may be anything.
    pub(super) calls_anything: bool,
    /// What the values lead to that class bodies bind: some may be told their name when the class is complete.
    pub(super) named: SymbolSet,
    /// Names in annotations that nobody evaluates yet.
    pub(super) annotations: SymbolSet,
    /// Somebody may look at those annotations while the piece executes.
    pub(super) annotations_may_be_read: bool,
    /// Why the piece, or a part of it, only exists for its effect.
    pub(super) effect: bool,
    /// Why that effect may reach outside the module.
    pub(super) outside: Option<&'static str>,
    /// Names whose objects the effect has to do with.
    pub(super) strong_reads: SymbolSet,
    /// Names whose objects it hands to code outside that may run or change them later.
    pub(super) handed: SymbolSet,
    /// So it does with functions made here.
    pub(super) hands_own_code: bool,
    /// What code the effect may run.
    pub(super) strong_calls: SymbolSet,
    pub(super) strong_invokes: SymbolSet,
    /// So it may with functions made here.
    pub(super) effect_runs_own_code: bool,
    /// Objects that the effect changes.
    pub(super) strong_changes: SymbolSet,
    /// What its `assert` statements read, when it has any.
    pub(super) asserts: Option<SymbolSet>,
    pub(super) star: bool,
    /// How the names begin that it binds and the source doesn't tell.
    pub(super) heads: BTreeSet<String>,
    /// What its imports stand in.
    pub(super) guard: Guard,
    pub(super) submodules: SymbolSet,
    pub(super) imports: BTreeSet<String>,
    pub(super) notes: BTreeSet<Note>,
}
