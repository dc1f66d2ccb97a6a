//! Sets of names.
//!
//! ```python
//! def f(): return g() + T     # reads {g, T}
//! def g(): return T + U       # reads {T, U}; what calling f reads is the union of both
//! ```
//!
//! A bit for every name: a union costs a step for every 64 names, however many of them are in either set. Where all classes
//! of a module lead to one another, everything is joined with everything; name by name, that was nearly all the time of an
//! analysis. Blocks of names of which a set has none are left out, because in a module of many thousand functions most
//! sets have almost none. The file is separate because [`super::effects`], [`super::value`] and the closure are made of
//! such sets and of little else.

use std::cmp::Ordering;
use std::fmt;

use super::names::Symbol;

/// Words of a block.
const WORDS: usize = 4;
/// Names of a block.
const NAMES: u32 = 64 * WORDS as u32;

/// Names that follow one another: which of them are in a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Block {
    number: u32,
    words: [u64; WORDS],
}

/// Some names of one module.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct SymbolSet {
    /// None is empty; ascending by their number.
    blocks: Vec<Block>,
}

impl SymbolSet {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a name; false when it is there already.
    pub(super) fn insert(&mut self, symbol: Symbol) -> bool {
        let (number, word, bit) = place(symbol);
        let at = match self.find(number) {
            Ok(at) => at,
            Err(at) => {
                self.blocks.insert(at, Block { number, words: [0; WORDS] });
                at
            }
        };
        let word = &mut self.blocks[at].words[word];
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Takes a name out; false when it isn't there.
    pub(super) fn remove(&mut self, symbol: Symbol) -> bool {
        let (number, word, bit) = place(symbol);
        let Ok(at) = self.find(number) else { return false };
        let words = &mut self.blocks[at].words;
        let there = words[word] & bit != 0;
        words[word] &= !bit;
        if *words == [0; WORDS] {
            self.blocks.remove(at);
        }
        there
    }

    pub(super) fn contains(&self, symbol: Symbol) -> bool {
        let (number, word, bit) = place(symbol);
        self.find(number).is_ok_and(|at| self.blocks[at].words[word] & bit != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().flat_map(|block| block.words).map(|word| word.count_ones() as usize).sum()
    }

    /// The names, in the order in which the module mentions them.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { blocks: self.blocks.iter(), block: None }
    }

    /// No name is in both sets.
    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }

    /// The names that are in both sets.
    pub(super) fn intersection<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = Symbol> + 's {
        self.iter().filter(|symbol| other.contains(*symbol))
    }

    /// Adds all names of another set; true when any was new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        if self.blocks.is_empty() {
            self.blocks.clone_from(&other.blocks);
            return !other.blocks.is_empty();
        }
        let (mut at, mut missing, mut new) = (0, 0, false);
        for theirs in &other.blocks {
            while self.blocks.get(at).is_some_and(|mine| mine.number < theirs.number) {
                at += 1;
            }
            match self.blocks.get_mut(at) {
                Some(mine) if mine.number == theirs.number => {
                    for (mine, theirs) in mine.words.iter_mut().zip(theirs.words) {
                        new |= *mine | theirs != *mine;
                        *mine |= theirs;
                    }
                }
                _ => missing += 1,
            }
        }
        if missing == 0 {
            return new;
        }
        let mut merged = Vec::with_capacity(self.blocks.len() + missing);
        let mut mine = std::mem::take(&mut self.blocks).into_iter().peekable();
        for theirs in &other.blocks {
            while let Some(before) = mine.next_if(|block| block.number < theirs.number) {
                merged.push(before);
            }
            merged.push(mine.next_if(|block| block.number == theirs.number).unwrap_or(*theirs));
        }
        merged.extend(mine);
        self.blocks = merged;
        true
    }

    /// Adds the names of another set, those that are in a third if there is one; returns what was new.
    pub(super) fn insert_from(&mut self, other: &Self, within: Option<&Self>) -> Self {
        let mut new = Self::new();
        for theirs in &other.blocks {
            let mut block = *theirs;
            for (set, keep) in [(Some(&*self), false), (within, true)] {
                let Some(set) = set else { continue };
                let words = set.find(block.number).map_or([0; WORDS], |at| set.blocks[at].words);
                for (word, other) in block.words.iter_mut().zip(words) {
                    *word &= if keep { other } else { !other };
                }
            }
            if block.words != [0; WORDS] {
                new.blocks.push(block);
            }
        }
        self.join(&new);
        new
    }

    /// Adds the names of another set that are not in a third.
    pub(super) fn join_without(&mut self, other: &Self, without: &Self) {
        self.join(&other.without(without));
    }

    /// The names that are not in another set.
    fn without(&self, other: &Self) -> Self {
        let mut left = self.clone();
        for block in &mut left.blocks {
            let Ok(at) = other.find(block.number) else { continue };
            block.words.iter_mut().zip(other.blocks[at].words).for_each(|(word, other)| *word &= !other);
        }
        left.blocks.retain(|block| block.words != [0; WORDS]);
        left
    }

    /// Keeps the names for which it holds.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(Symbol) -> bool) {
        let gone: Vec<Symbol> = self.iter().filter(|symbol| !keep(*symbol)).collect();
        for symbol in gone {
            self.remove(symbol);
        }
    }

    /// Where the block is, or would be.
    fn find(&self, number: u32) -> Result<usize, usize> {
        match self.blocks.last().map(|last| last.number.cmp(&number)) {
            None | Some(Ordering::Less) => Err(self.blocks.len()),
            Some(Ordering::Equal) => Ok(self.blocks.len() - 1),
            Some(Ordering::Greater) => self.blocks.binary_search_by_key(&number, |block| block.number),
        }
    }
}

/// Some pieces of one module, by position: the same with other numbers.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub(super) struct PieceSet(SymbolSet);

impl PieceSet {
    pub(super) fn insert(&mut self, position: usize) -> bool {
        self.0.insert(Symbol(u32::try_from(position).unwrap_or(u32::MAX)))
    }

    pub(super) fn join(&mut self, other: &Self) -> bool {
        self.0.join(&other.0)
    }

    /// The positions, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().map(Symbol::index)
    }
}

/// Block, word in the block, and bit in the word.
fn place(symbol: Symbol) -> (u32, usize, u64) {
    (symbol.0 / NAMES, symbol.index() % NAMES as usize / 64, 1 << (symbol.0 % 64))
}

/// The names of a set, in order.
pub(super) struct Iter<'s> {
    blocks: std::slice::Iter<'s, Block>,
    /// What is left of the block that is being read.
    block: Option<Block>,
}

impl Iterator for Iter<'_> {
    type Item = Symbol;

    fn next(&mut self) -> Option<Symbol> {
        loop {
            if let Some(block) = &mut self.block {
                for (word, base) in block.words.iter_mut().zip((block.number * NAMES..).step_by(64)) {
                    if *word != 0 {
                        let bit = word.trailing_zeros();
                        *word &= *word - 1;
                        return Some(Symbol(base + bit));
                    }
                }
            }
            self.block = Some(*self.blocks.next()?);
        }
    }
}

impl<'s> IntoIterator for &'s SymbolSet {
    type Item = Symbol;
    type IntoIter = Iter<'s>;

    fn into_iter(self) -> Iter<'s> {
        self.iter()
    }
}

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
            one in proptest::collection::btree_set(0u32..2000, 0..20),
            two in proptest::collection::btree_set(0u32..2000, 0..20),
            gone in 0u32..2000,
        ) {
            let mut joined = set(&one);
            prop_assert_eq!(joined.join(&set(&two)), !two.is_subset(&one));
            let both: BTreeSet<u32> = one.union(&two).copied().collect();
            prop_assert_eq!(numbers(&joined), both.clone());
            prop_assert_eq!(joined.len(), both.len());
            prop_assert_eq!(set(&one) == set(&two), one == two);
            let third: BTreeSet<u32> = (0..2000).filter(|number| number % 3 > 0).collect();
            let new: BTreeSet<u32> = two.difference(&one).copied().collect();
            let mut grown = set(&one);
            prop_assert_eq!(numbers(&grown.insert_from(&set(&two), Some(&set(&third)))), &new & &third);
            prop_assert_eq!(numbers(&grown.insert_from(&set(&two), None)), &new - &third);
            let mut some = set(&one);
            some.join_without(&set(&two), &set(&third));
            prop_assert_eq!(numbers(&some), &one | &(&two - &third));
            prop_assert_eq!(numbers(&grown), both.clone());
            prop_assert_eq!(joined.remove(Symbol(gone)), both.contains(&gone));
            let rest: BTreeSet<u32> = both.into_iter().filter(|number| *number != gone).collect();
            prop_assert_eq!(&joined, &set(&rest));
            prop_assert_eq!(joined.is_empty(), rest.is_empty());
            joined.retain(|symbol| one.contains(&symbol.0));
            prop_assert_eq!(numbers(&joined), rest.intersection(&one).copied().collect::<BTreeSet<u32>>());
        }
    }
}
