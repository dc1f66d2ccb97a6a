//! What a piece of code does to module-level names.
//!
//! Terms: code *reads* a name when it looks the name up in the module's namespace; it *binds* a name when it stores or
//! deletes it there; it *changes* a name when it may alter the object that the name stands for (or, *deeply*, anything
//! that this object holds); it *puts* something into a name's object when it stores or deletes an attribute or an item of
//! it, which changes that object alone, unless special methods *hook* the store; it *snapshots* a name when its result
//! depends on what the object contains; it *calls* a name when it certainly runs the function of that name, and *invokes*
//! it when any code that the object leads to may run.
//!
//! ```python
//! def f(x):
//!     T[x] = len(L)        # reads T, L, len; changes T; snapshots L
//!     g(h)                 # reads g, h; calls g; and, when g calls its argument, invokes h
//! ```
//!
//! The file is separate because the same record describes a statement, a function's body and a class's methods, and
//! because the closure over calls ([`super::closure`]) only needs this record and no syntax.

use super::names::Symbol;
use super::symbol_set::SymbolSet;

/// Objects reachable from an argument may be changed.
pub(super) const CHANGES_ARGUMENT: u16 = 1;
/// `self` may be changed.
pub(super) const CHANGES_THIS: u16 = 1 << 1;
/// An argument may be called, or have its methods run.
pub(super) const INVOKES_ARGUMENT: u16 = 1 << 2;
/// Code outside the module runs that is not known to be pure.
pub(super) const CALLS_OUTSIDE: u16 = 1 << 3;
/// An object from outside the module is changed.
pub(super) const CHANGES_OUTSIDE: u16 = 1 << 4;
/// Any name of the module may be read or bound.
pub(super) const ANY_NAME: u16 = 1 << 5;
/// The functions made by the statement itself may run while it executes.
pub(super) const RUNS_OWN_CODE: u16 = 1 << 6;
/// `super()` is asked for a method.
pub(super) const CHANGES_INSIDE_THIS: u16 = 1 << 7;
/// An attribute or item of an argument is stored.
pub(super) const PUTS_INTO_ARGUMENT: u16 = 1 << 9;
/// The result depends on what an argument contains.
pub(super) const SNAPSHOTS_ARGUMENT: u16 = 1 << 10;
/// An argument is iterated over, which changes it when it is an iterator.
pub(super) const CONSUMES_ARGUMENT: u16 = 1 << 8;

/// All of `sys.modules` is looked at.
pub(super) const LISTS_MODULES: u16 = 1 << 11;
/// Modules are imported.
pub(super) const IMPORTS: u16 = 1 << 12;

/// An `ImportError` may be raised: by an import, on purpose, or by code outside that is not known to import nothing.
pub(super) const MAY_FAIL_TO_IMPORT: u16 = 1 << 13;

/// Something is looked up in, or put into, an object of which every thread sees its own contents.
pub(super) const THREAD_BOUND: u16 = 1 << 14;

/// Something is read that belongs to the whole process: the environment, the working directory, the file system.
pub(super) const READS_AMBIENT: u16 = 1 << 15;

/// What code does to module-level names.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Effects {
    pub(super) reads: SymbolSet,
    /// Of these, the ones that it reads whenever it runs, as far as branches and early returns tell.
    pub(super) certain: SymbolSet,
    pub(super) binds: SymbolSet,
    pub(super) changes: SymbolSet,
    pub(super) changes_deeply: SymbolSet,
    pub(super) puts: SymbolSet,
    /// Names that lead to an object into which something is put.
    pub(super) puts_deeply: SymbolSet,
    /// Names whose values' special methods a store may run.
    pub(super) hooks: SymbolSet,
    pub(super) snapshots: SymbolSet,
    /// Classes of which it uses instances that no name holds, and what such an instance was made from.
    pub(super) uses: SymbolSet,
    pub(super) calls: SymbolSet,
    /// Of these, the ones that it calls whenever it runs.
    pub(super) certain_calls: SymbolSet,
    pub(super) invokes: SymbolSet,
    /// Names of attributes that it looks up: which methods of a class it can reach.
    pub(super) attributes: SymbolSet,
    /// Names of modules that it looks up in `sys.modules`; with a dot at the end, of packages whose attributes it looks at.
    pub(super) modules: SymbolSet,
    pub(super) flags: u16,
}

impl Effects {
    pub(super) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Says of nothing any more that it is certain.
    pub(super) fn doubt(&mut self) {
        self.certain = SymbolSet::new();
        self.certain_calls = SymbolSet::new();
        self.flags &= !(LISTS_MODULES | THREAD_BOUND);
    }

    /// A number that grows whenever anything is added.
    pub(super) fn weight(&self) -> usize {
        self.sets().iter().map(|set| set.len()).sum::<usize>() + self.flags.count_ones() as usize
    }

    /// Adds all effects of other code; true when anything was new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let mut new = self.flags | other.flags != self.flags;
        self.flags |= other.flags;
        for (mine, theirs) in self.sets_mut().into_iter().zip(other.sets()) {
            // most of them are
            if !theirs.is_empty() {
                new |= mine.join(theirs);
            }
        }
        new
    }

    /// Adds what `find` knows of each attribute that is mentioned, and of those that that mentions, and so on.
    pub(super) fn join_mentioned(&mut self, mut find: impl FnMut(&mut Self, Symbol)) {
        let mut done = SymbolSet::new();
        loop {
            let new = done.insert_from(&self.attributes, None);
            if new.is_empty() {
                return;
            }
            new.iter().for_each(|attribute| find(self, attribute));
        }
    }

    pub(super) fn sets(&self) -> [&SymbolSet; 15] {
        [
            &self.reads,
            &self.certain,
            &self.binds,
            &self.changes,
            &self.changes_deeply,
            &self.puts,
            &self.puts_deeply,
            &self.hooks,
            &self.snapshots,
            &self.uses,
            &self.calls,
            &self.certain_calls,
            &self.invokes,
            &self.attributes,
            &self.modules,
        ]
    }

    pub(super) fn sets_mut(&mut self) -> [&mut SymbolSet; 15] {
        [
            &mut self.reads,
            &mut self.certain,
            &mut self.binds,
            &mut self.changes,
            &mut self.changes_deeply,
            &mut self.puts,
            &mut self.puts_deeply,
            &mut self.hooks,
            &mut self.snapshots,
            &mut self.uses,
            &mut self.calls,
            &mut self.certain_calls,
            &mut self.invokes,
            &mut self.attributes,
            &mut self.modules,
        ]
    }
}
