//! What functions keep of their arguments.
//!
//! Terms: who calls something *follows* what it may be, through what names hold, to the functions that it may be.
//!
//! ```python
//! def keep(x): KEPT.append(x)
//! registry = [keep]
//! registry[0](L)           # follows `registry`, to `keep`: from here on, KEPT holds L
//! ```
//!
//! It is separate because a piece doesn't mention the names that it follows: [`super::summary`] has to know whom to walk again when
//! more is learnt of one.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::names::Symbol;
use super::outcome::{Facts, Outcome};
use super::symbol_set::{PieceSet, SymbolSet};
use super::value::{self, Value};
use super::walk::Walker;

/// How many names are followed from what is called to the functions that it may be.
const CALLEES: usize = 100;
/// More names than known modules have that functions keep their arguments in. Where a call may mean all of them, splitting the
/// module costs too much.
const MANY: usize = 500;

/// What functions put their arguments into, and who has asked for it.
#[derive(Default)]
pub(super) struct Kept {
    /// The names of all those objects.
    pub(super) names: SymbolSet,
    /// The names whose objects may be from outside.
    pub(super) foreign: SymbolSet,
    /// The names that may stand for classes of this module.
    pub(super) classes: SymbolSet,
    /// By name, how many of them were known of its functions, and how many names it held, when that was last looked at.
    counts: Vec<(usize, usize)>,
    /// By name, the pieces that followed it.
    followers: Vec<PieceSet>,
    /// Pieces that call what may be anything.
    call_anything: PieceSet,
    /// Names of which more has been learnt.
    grown: SymbolSet,
    /// So it has of what all functions together keep.
    any_grown: bool,
}

impl Kept {
    /// Takes up what a piece has followed, and what it says of other names.
    pub(super) fn learn(&mut self, position: usize, outcome: &Outcome, facts: &[Facts]) {
        let new = (0..).map(Symbol).zip(facts).skip(self.followers.len());
        self.classes.extend(new.filter(|(_, facts)| facts.may_be_class()).map(|(symbol, _)| symbol));
        self.followers.resize_with(facts.len(), PieceSet::default);
        for symbol in &outcome.follows {
            self.followers[symbol.index()].insert(position);
        }
        if outcome.calls_anything {
            self.call_anything.insert(position);
        }
        self.any_grown |= self.names.join(&outcome.made.keeps);
        self.compare(outcome, facts);
    }

    /// Some facts may say more than before: those of the names that a piece binds, or puts something into.
    pub(super) fn compare(&mut self, outcome: &Outcome, facts: &[Facts]) {
        self.counts.resize(facts.len(), (0, 0));
        let bound = outcome.bound.iter().chain(&outcome.bound_later).map(|(symbol, _)| symbol);
        let contents = outcome.contents.keys().chain(outcome.contents_later.keys());
        for symbol in bound.chain(contents).chain(outcome.given.keys()).chain(outcome.given_later.keys()) {
            let facts = &facts[symbol.index()];
            if facts.value.has(value::FOREIGN) {
                self.foreign.insert(*symbol);
            }
            let count = (facts.keeps.len(), facts.value.roots.len());
            if !self.names.is_empty() && std::mem::replace(&mut self.counts[symbol.index()], count) != count {
                self.grown.insert(*symbol);
            }
        }
    }

    /// The pieces that have to be walked again.
    pub(super) fn concerned(&mut self) -> BTreeSet<usize> {
        let grown = std::mem::take(&mut self.grown);
        let followers = grown.iter().filter_map(|symbol| self.followers.get(symbol.index())).flat_map(PieceSet::iter);
        let any_grown = std::mem::take(&mut self.any_grown);
        let calling = self.call_anything.iter().filter(|_| any_grown);
        followers.chain(calling).collect()
    }
}

impl Walker<'_, '_> {
    /// Code is called that may put what it gets into objects of some names.
    ///
    /// ```python
    /// def keep(x): KEPT.append(x)
    /// keep(L)                  # from here on, KEPT holds L
    /// ```
    pub(super) fn keep(&mut self, callees: &SymbolSet, given: &Value) {
        if given.is_atom() {
            return;
        }
        if self.kept.is_empty() {
            self.out.calls_anything = true;
            return;
        }
        // the same few are called over and over
        let known = self.followed.get(callees).map(Rc::clone);
        let kept = known.unwrap_or_else(|| {
            let kept = Rc::new(self.follow(callees));
            self.followed.insert(callees.clone(), Rc::clone(&kept));
            kept
        });
        self.flow_to_contents(&kept, given);
    }

    /// The names whose objects may keep what is given to functions that these names may lead to.
    fn follow(&mut self, callees: &SymbolSet) -> SymbolSet {
        let mut seen = callees.clone();
        let mut kept = SymbolSet::new();
        let mut found: Vec<Symbol> = callees.iter().collect();
        let mut followed = 0;
        while let Some(symbol) = found.pop() {
            followed += 1;
            if found.len() + followed > CALLEES {
                kept = self.kept.clone();
                self.out.calls_anything = true;
                self.costs_too_much |= kept.len() > MANY;
                break;
            }
            let Some(facts) = self.fact(symbol) else { continue };
            kept.join(&facts.keeps);
            // of a function or a class only what it inherits: what else it leads to, it doesn't call for being called
            let follows = !facts.may_be_class() && !self.shape.is_definition(self.symbols.text(symbol));
            let within = (!follows).then_some(self.classes);
            found.extend(&seen.insert_from(&facts.value.roots, within));
        }
        self.out.follows.join(&seen);
        kept
    }
}
