//! Sets of names.
//!
//! ```python
//! def f(): return g() + T     # reads {g, T}
//! def g(): return T + U       # reads {T, U}; what calling f reads is the union of both
//! ```
//!
//! A bit for every name of the module: a union costs a step for every 64 names, however many of them are in either set.
//! Where all classes of a module lead to one another, everything is joined with everything; name by name, that was nearly
//! all the time of an analysis. The file is separate because [`super::effects`], [`super::value`] and the closure are made
//! of such sets and of little else.

use std::fmt;

use fixedbitset::{FixedBitSet, Ones};

use super::names::Symbol;

/// Some names of one module.
#[derive(Clone, Default)]
pub(super) struct SymbolSet(FixedBitSet);

impl SymbolSet {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a name; false when it is there already.
    pub(super) fn insert(&mut self, symbol: Symbol) -> bool {
        let new = !self.contains(symbol);
        self.0.grow_and_insert(symbol.index());
        new
    }

    /// Takes a name out; false when it isn't there.
    pub(super) fn remove(&mut self, symbol: Symbol) -> bool {
        let there = self.contains(symbol);
        if there {
            self.0.remove(symbol.index());
        }
        there
    }

    pub(super) fn contains(&self, symbol: Symbol) -> bool {
        self.0.contains(symbol.index())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    /// The names, in the order in which the module mentions them.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter(self.0.ones())
    }

    /// The names that are in both sets.
    pub(super) fn intersection<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = Symbol> + 's {
        self.0.intersection(&other.0).map(symbol)
    }

    /// Adds all names of another set; true when any was new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        // Near the fixpoint nothing is new.
        let new = !other.0.is_subset(&self.0);
        if new {
            self.0.union_with(&other.0);
        }
        new
    }

    /// Keeps the names for which it holds.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(Symbol) -> bool) {
        let gone: Vec<Symbol> = self.iter().filter(|symbol| !keep(*symbol)).collect();
        for symbol in gone {
            self.remove(symbol);
        }
    }
}

/// The names of a set, in order.
pub(super) struct Iter<'s>(Ones<'s>);

impl Iterator for Iter<'_> {
    type Item = Symbol;

    fn next(&mut self) -> Option<Symbol> {
        self.0.next().map(symbol)
    }
}

impl<'s> IntoIterator for &'s SymbolSet {
    type Item = Symbol;
    type IntoIter = Iter<'s>;

    fn into_iter(self) -> Iter<'s> {
        self.iter()
    }
}

fn symbol(bit: usize) -> Symbol {
    Symbol(u32::try_from(bit).expect("the index of a symbol"))
}

impl PartialEq for SymbolSet {
    /// Room for names that are not there makes no difference.
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (self.0.as_slice(), other.0.as_slice());
        let shorter = one.len().min(two.len());
        one[..shorter] == two[..shorter] && [&one[shorter..], &two[shorter..]].concat().iter().all(|word| *word == 0)
    }
}

impl Eq for SymbolSet {}

impl fmt::Debug for SymbolSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl Extend<Symbol> for SymbolSet {
    fn extend<I: IntoIterator<Item = Symbol>>(&mut self, symbols: I) {
        for symbol in symbols {
            self.insert(symbol);
        }
    }
}

impl FromIterator<Symbol> for SymbolSet {
    fn from_iter<I: IntoIterator<Item = Symbol>>(symbols: I) -> Self {
        let mut all = Self::new();
        all.extend(symbols);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(numbers: &BTreeSet<u32>) -> SymbolSet {
        numbers.iter().map(|number| Symbol(*number)).collect()
    }

    fn numbers(set: &SymbolSet) -> BTreeSet<u32> {
        set.iter().map(|symbol| symbol.0).collect()
    }

    proptest! {
        #[test]
        fn they_are_what_ordered_sets_are(
            one in proptest::collection::btree_set(0u32..200, 0..20),
            two in proptest::collection::btree_set(0u32..200, 0..20),
            gone in 0u32..200,
        ) {
            let mut joined = set(&one);
            prop_assert_eq!(joined.join(&set(&two)), !two.is_subset(&one));
            let both: BTreeSet<u32> = one.union(&two).copied().collect();
            prop_assert_eq!(numbers(&joined), both.clone());
            prop_assert_eq!(joined.len(), both.len());
            prop_assert_eq!(set(&one) == set(&two), one == two);
            prop_assert_eq!(joined.remove(Symbol(gone)), both.contains(&gone));
            let rest: BTreeSet<u32> = both.into_iter().filter(|number| *number != gone).collect();
            prop_assert_eq!(&joined, &set(&rest));
            prop_assert_eq!(joined.is_empty(), rest.is_empty());
            joined.retain(|symbol| one.contains(&symbol.0));
            prop_assert_eq!(numbers(&joined), rest.intersection(&one).copied().collect::<BTreeSet<u32>>());
        }
    }
}
