//! Effects as a row of bits.
//!
//! ```python
//! def f(): return g() + T     # reads {g, T}
//! def g(): return T + U       # reads {T, U}; what calling f reads is the union of both
//! ```
//!
//! A union of rows costs a step for every 64 names of the module, however many of them are in either. Where all classes of
//! a module lead to one another, the closure joins everything with everything; name by name, that was nearly all the time
//! of an analysis. Blocks of names of which a row has none are left out, because in a module of many thousand functions
//! most rows have almost none. It is separate from [`super::effects`] because only [`super::closure`] makes so many unions
//! that the conversion pays, and because rows of one module must not meet those of another.

use super::effects::Effects;
use super::names::Symbol;

/// Words of a block.
const WORDS: usize = 8;
/// Names of a block.
const NAMES: usize = 64 * WORDS;

/// The sets of some effects, one after the other, in the order of [`Effects::sets`]; and the flags.
#[derive(Clone, Default)]
pub(super) struct Row {
    /// Blocks that are not empty, ascending by their number.
    blocks: Vec<(u32, [u64; WORDS])>,
    flags: u16,
}

/// Blocks that one set takes in a module of so many names.
fn stride(names: usize) -> usize {
    names.div_ceil(NAMES)
}

impl Row {
    pub(super) fn new(effects: &Effects, names: usize) -> Self {
        let mut row = Self { blocks: Vec::new(), flags: effects.flags };
        for (number, set) in effects.sets().into_iter().enumerate() {
            for symbol in set {
                let block = u32::try_from(number * stride(names) + symbol.index() / NAMES).expect("fewer than names");
                if row.blocks.last().is_none_or(|(last, _)| *last != block) {
                    row.blocks.push((block, [0; WORDS]));
                }
                let last = row.blocks.len() - 1;
                row.blocks[last].1[symbol.index() % NAMES / 64] |= 1 << (symbol.index() % 64);
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
        let first = number * stride(names);
        let after = first + stride(names);
        let start = self.blocks.partition_point(|(block, _)| (*block as usize) < first);
        let end = self.blocks.partition_point(|(block, _)| (*block as usize) < after);
        self.blocks[start..end].iter().flat_map(move |(block, words)| {
            let base = (*block as usize - first) * NAMES;
            words.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(move |(position, word)| {
                (0..64)
                    .filter(move |bit| word & (1 << bit) != 0)
                    .map(move |bit| Symbol(u32::try_from(base + position * 64 + bit).expect("a symbol")))
            })
        })
    }

    /// A number that grows whenever anything is added.
    pub(super) fn weight(&self) -> usize {
        let words = self.blocks.iter().flat_map(|(_, words)| words);
        words.map(|word| word.count_ones() as usize).sum::<usize>() + self.flags.count_ones() as usize
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.flags |= other.flags;
        let (mut at, mut missing) = (0, 0);
        for (block, theirs) in &other.blocks {
            while self.blocks.get(at).is_some_and(|(mine, _)| mine < block) {
                at += 1;
            }
            match self.blocks.get_mut(at) {
                Some((mine, words)) if mine == block => {
                    words.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine |= theirs);
                }
                _ => missing += 1,
            }
        }
        if missing > 0 {
            let mut merged = Vec::with_capacity(self.blocks.len() + missing);
            let mut mine = std::mem::take(&mut self.blocks).into_iter().peekable();
            for (block, theirs) in &other.blocks {
                while let Some(before) = mine.next_if(|(number, _)| number < block) {
                    merged.push(before);
                }
                merged.push(mine.next_if(|(number, _)| number == block).unwrap_or((*block, *theirs)));
            }
            merged.extend(mine);
            self.blocks = merged;
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
        check(&effects(&[600, 5000], &[1], 4), &effects(&[1, 599, 601, 2000], &[5000, 0], 8), 5001);
        check(&effects(&[1, 599, 601, 2000], &[5000, 0], 8), &effects(&[600, 5000], &[1], 4), 5001);
    }
}
