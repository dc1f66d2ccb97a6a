//! What outcomes of walks add to the facts, and which pieces have to be walked again because of that.
//!
//! ```python
//! def add(x): T.append(x)     # changes its argument's holder: who calls `add` must know
//! class C:
//!     def __len__(self): ...  # what using an instance runs: subclasses take that over, others only need to know that it is
//! ```
//!
//! It is separate from [`super::summary`], which decides the order of the walks.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Symbol;
use super::outcome::{Facts, Outcome};
use super::symbol_set::{PieceSet, SymbolSet};
use super::value::{self, Value};

/// Names of which more is known than before.
#[derive(Default)]
pub(super) struct Learnt {
    /// Whoever mentions these must be walked again.
    readers: SymbolSet,
    /// Of the others, whoever makes subclasses of these.
    subclasses: SymbolSet,
}

/// Who should know what was added to a name's facts.
enum News {
    Nobody,
    Subclasses,
    Readers,
}

impl Learnt {
    /// Adds an outcome to the facts; `before` is the one that the piece had, when it makes the same functions as then.
    pub(super) fn from(
        position: usize,
        outcome: &Outcome,
        before: Option<&Outcome>,
        facts: &mut [Facts],
        awake: bool,
    ) -> Self {
        let mut learnt = Self::default();
        let mut names: SymbolSet = SymbolSet::new();
        for (symbol, value) in outcome.bound.iter().chain(&outcome.bound_later) {
            let entry = &mut facts[symbol.index()];
            let flags = entry.value.flags;
            entry.value.join(&value.clone().without_locals());
            if flags != entry.value.flags {
                learnt.readers.insert(*symbol);
            }
            names.insert(*symbol);
        }
        for symbol in &names {
            let news = add_made(position, outcome, &outcome.made, &mut facts[symbol.index()]);
            learnt.note(symbol, news);
        }
        learnt.given(position, &outcome.given, facts);
        learnt.contents(position, outcome, &outcome.contents, before.map(|before| &before.contents), facts);
        if awake {
            let given = before.map(|before| &before.contents_later);
            learnt.contents(position, outcome, &outcome.contents_later, given, facts);
            learnt.given(position, &outcome.given_later, facts);
        }
        learnt
    }

    /// Adds what classes were given.
    pub(super) fn given(&mut self, position: usize, given: &BTreeMap<Symbol, Facts>, facts: &mut [Facts]) {
        for (symbol, given) in given {
            let entry = &mut facts[symbol.index()];
            entry.makers.insert(position);
            self.note(*symbol, add_facts(given, entry));
        }
    }

    /// Adds what was put into objects of names. `given` is what the walk before put there, when the functions made in this
    /// piece are still the same: their holders know of them already.
    pub(super) fn contents(
        &mut self,
        position: usize,
        outcome: &Outcome,
        contents: &BTreeMap<Symbol, Value>,
        given: Option<&BTreeMap<Symbol, Value>>,
        facts: &mut [Facts],
    ) {
        let mut holders = SymbolSet::new();
        for (symbol, stored) in contents {
            let entry = &mut facts[symbol.index()];
            let flags = entry.value.flags;
            entry.value.hold(&stored.clone().without_locals());
            if flags != entry.value.flags {
                self.readers.insert(*symbol);
            }
            let holds = |contents: &BTreeMap<Symbol, Value>| {
                contents.get(symbol).is_some_and(|stored| stored.has(value::MADE_HERE))
            };
            if stored.has(value::MADE_HERE) && !given.is_some_and(holds) {
                holders.insert(*symbol);
            }
        }
        if holders.is_empty() {
            return;
        }
        // who holds a function may run it
        let mut made = outcome.made.clone();
        for code in [&mut made.code, &mut made.call, &mut made.constructor] {
            code.doubt();
        }
        for symbol in &holders {
            let news = add_made(position, outcome, &made, &mut facts[symbol.index()]);
            self.note(symbol, news);
        }
    }

    fn note(&mut self, symbol: Symbol, news: News) {
        match news {
            News::Readers => self.readers.insert(symbol),
            News::Subclasses => self.subclasses.insert(symbol),
            News::Nobody => false,
        };
    }

    /// The pieces that have to be walked again; `mentions` are the pieces that read each name.
    pub(super) fn concerned(&self, mentions: &[PieceSet], outcomes: &[Outcome]) -> BTreeSet<usize> {
        let readers = self.readers.iter().flat_map(|symbol| mentions[symbol.index()].iter());
        let heirs = self.subclasses.iter().flat_map(|symbol| {
            mentions[symbol.index()].iter().filter(move |piece| outcomes[*piece].inherits.contains(symbol))
        });
        readers.chain(heirs).collect()
    }
}

/// Adds what a piece says about the functions and classes it makes.
fn add_made(position: usize, outcome: &Outcome, made: &Facts, entry: &mut Facts) -> News {
    if !outcome.methods.is_empty() {
        entry.makers.insert(position);
    }
    add_facts(made, entry)
}

/// Adds what is said about a name's code, but not its value.
fn add_facts(made: &Facts, entry: &mut Facts) -> News {
    let flags = |entry: &Facts| {
        let code = [&entry.code, &entry.call, &entry.implicit, &entry.constructor].map(|code| code.flags);
        (code, entry.traits)
    };
    let before = flags(entry);
    entry.code.join(&made.code);
    entry.call.join(&made.call);
    entry.hooks.join(&made.hooks);
    // who calls it asks for that by itself: `keeping`
    entry.keeps.join(&made.keeps);
    let mut inherited = entry.implicit.join(&made.implicit);
    inherited |= entry.constructor.join(&made.constructor);
    let mut changed = entry.returns.join(&made.returns);
    changed |= entry.stored.join(&made.stored);
    changed |= entry.attributes.join(&made.attributes);
    entry.traits |= made.traits;
    if changed || before != flags(entry) {
        News::Readers
    } else if inherited {
        News::Subclasses
    } else {
        News::Nobody
    }
}
