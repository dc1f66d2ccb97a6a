//! Effects as a row of bits.
//!
//! ```python
//! def f(): return g() + T     # reads {g, T}
//! def g(): return T + U       # reads {T, U}; what calling f reads is the union of both
//! ```
//!
//! A union of rows costs a step for every 64 names of the module, however many of them are in either. Where all classes of
//! a module lead to one another, the closure joins everything with everything; name by name, that was nearly all the time
//! of an analysis. It is separate from [`super::effects`] because only [`super::closure`] makes so many unions that the
//! conversion pays, and because rows of one module must not meet those of another.

use super::effects::Effects;
use super::names::Symbol;

/// The sets of some effects, one after the other, in the order of [`Effects::sets`]; and the flags.
#[derive(Clone, Default)]
pub(super) struct Row {
    words: Vec<u64>,
    flags: u16,
}

/// Words that one set takes in a module of so many names.
fn stride(names: usize) -> usize {
    names.div_ceil(64)
}

impl Row {
    pub(super) fn new(effects: &Effects, names: usize) -> Self {
        let mut row = Self { words: Vec::new(), flags: effects.flags };
        for (number, set) in effects.sets().into_iter().enumerate() {
            for symbol in set {
                let word = number * stride(names) + symbol.index() / 64;
                if row.words.len() <= word {
                    row.words.resize(word + 1, 0);
                }
                row.words[word] |= 1 << (symbol.index() % 64);
            }
        }
        row
    }

    pub(super) fn effects(&self, names: usize) -> Effects {
        let mut effects = Effects { flags: self.flags, ..Effects::default() };
        for (number, set) in effects.sets_mut().into_iter().enumerate() {
            *set = self.set(number, names).collect();
        }
        effects
    }

    /// Names that occur in one of the sets, by its place among [`Effects::sets`], ascending.
    pub(super) fn set(&self, number: usize, names: usize) -> impl Iterator<Item = Symbol> {
        let start = (number * stride(names)).min(self.words.len());
        let end = ((number + 1) * stride(names)).min(self.words.len());
        self.words[start..end].iter().enumerate().filter(|(_, word)| **word != 0).flat_map(|(position, word)| {
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| Symbol(u32::try_from(position * 64 + bit).expect("a symbol")))
        })
    }

    /// A number that grows whenever anything is added.
    pub(super) fn weight(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum::<usize>() + self.flags.count_ones() as usize
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.flags |= other.flags;
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn effects(reads: &[u32], attributes: &[u32], flags: u16) -> Effects {
        let set = |names: &[u32]| -> BTreeSet<Symbol> { names.iter().map(|name| Symbol(*name)).collect() };
        Effects { reads: set(reads), attributes: set(attributes), flags, ..Effects::default() }
    }

    fn check(one: &Effects, two: &Effects, names: usize) {
        let mut row = Row::new(one, names);
        assert_eq!(row.effects(names), *one);
        row.join(&Row::new(two, names));
        let mut both = one.clone();
        both.join(two);
        assert_eq!(row.effects(names), both);
        assert_eq!(row.weight(), both.weight());
    }

    #[test]
    fn rows_are_joined_as_effects_are() {
        check(&effects(&[0, 63], &[64], 1), &effects(&[64, 129], &[], 2), 130);
        check(&effects(&[], &[], 0), &effects(&[5], &[5], 0), 64);
        check(&effects(&[1], &[99], 4), &effects(&[], &[], 0), 100);
    }
}
