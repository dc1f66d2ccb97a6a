//! What must run before an effect on objects from outside, because it may see the effect.
//!
//! ```python
//! show = sys.displayhook            # the one that was there before
//! sys.displayhook = quiet
//!
//! home = getenv("HOME")             # another name, of the same module: before the effect
//! os.environ["HOME"] = "/"
//!
//! text = path.read_text()           # calls code outside, which may look anywhere
//! path.write_text("")
//! ```
//!
//! Objects from outside are told apart by the top-level modules that they come from, as the imports say. What binds a name to what
//! a call outside returns has no effect by this rule (ATI111 names it), so that only statements that run at import are looked at.
//!
//! It is separate from [`super::prelude`], which decides about each statement by itself.

use std::collections::BTreeMap;

use super::closure::Closure;
use super::effects::Effects;
use super::names::{Symbol, Symbols};
use super::outcome::Outcome;
use super::reason::Reason;
use super::running::Code;
use super::shape::{Shape, Standing};
use super::summary::Summary;
use super::symbol_set::SymbolSet;
use super::touches::{Touches, follow};
use super::value;

/// Which code of which names the effect of a piece runs.
pub(super) fn effect_runs(outcome: &Outcome) -> impl Iterator<Item = (Symbol, Code)> + '_ {
    let calls = outcome.strong_calls.iter().map(|symbol| (symbol, Code::Make));
    calls.chain(outcome.strong_invokes.iter().map(|symbol| (symbol, Code::Run)))
}

/// What the effect of a piece reads, with the code that it runs.
pub(super) fn effect_reads(outcome: &Outcome, closure: &Closure) -> SymbolSet {
    let mut reads = outcome.strong_reads.clone();
    for (symbol, code) in effect_runs(outcome) {
        reads.join(&closure.total(symbol, code).reads);
    }
    if outcome.effect_runs_own_code {
        let mut own = Effects::default();
        follow(&outcome.made.code, closure, &mut own);
        reads.join(&own.reads);
    }
    reads
}

/// Pieces that may see an effect of a later one on an object from outside.
pub(super) fn outside_order(
    summary: &Summary,
    touches: &Touches,
    shape: &Shape<'_>,
    symbols: &Symbols,
) -> Vec<(usize, Reason)> {
    let shared = |symbol: &Symbol| summary.facts[symbol.index()].value.has(value::SHARED);
    let kin = Kin::new(summary, shape, symbols);
    // Backwards, so that each piece meets the next effect alone: a pair for every two would be as many as their square.
    let mut next: BTreeMap<Symbol, usize> = BTreeMap::new();
    let mut changed = SymbolSet::new();
    let mut any: Option<usize> = None;
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (position, touch) in touches.pieces.iter().enumerate().rev() {
        let effect = if touch.looks_outside {
            any
        } else {
            touch.reads.intersection(&changed).filter_map(|symbol| next.get(&kin.first(symbol)).copied()).min()
        };
        pairs.extend(effect.map(|effect| (effect, position)));
        if touch.at_import.is_some() {
            for symbol in touch.effect_reads.iter().filter(shared) {
                if next.insert(kin.first(symbol), position).is_none() {
                    changed.extend(kin.of(symbol));
                }
            }
            // else all that it does is to hand something over
            if !touch.effect_reads.is_empty() {
                any = Some(position);
            }
        }
    }
    pairs.sort_unstable();
    let reason = |effect: usize| Reason::OutsideOrder(summary.pieces[effect].statement);
    pairs.into_iter().map(|(effect, earlier)| (earlier, reason(effect))).collect()
}

/// Which names stand for objects of the same top-level module.
struct Kin {
    /// By the first of them.
    all: BTreeMap<Symbol, Vec<Symbol>>,
    first: BTreeMap<Symbol, Symbol>,
}

impl Kin {
    fn new(summary: &Summary, shape: &Shape<'_>, symbols: &Symbols) -> Self {
        let mut kin = Self { all: BTreeMap::new(), first: BTreeMap::new() };
        let mut firsts: BTreeMap<String, Symbol> = BTreeMap::new();
        for symbol in (0..).map(Symbol).take(summary.facts.len()) {
            let text = symbols.text(symbol);
            let module = match shape.standing(text) {
                Standing::Free => "builtins".to_owned(),
                _ => match shape.hidden_path(text) {
                    Some(path) => path.split_once('.').map_or(path.as_str(), |(top, _)| top).to_owned(),
                    None => continue,
                },
            };
            let first = *firsts.entry(module).or_insert(symbol);
            kin.all.entry(first).or_default().push(symbol);
            kin.first.insert(symbol, first);
        }
        kin
    }

    /// The first name for an object of the module that this one's comes from.
    fn first(&self, symbol: Symbol) -> Symbol {
        self.first.get(&symbol).copied().unwrap_or(symbol)
    }

    /// All names for objects of the module that this one's comes from.
    fn of(&self, symbol: Symbol) -> impl Iterator<Item = Symbol> + '_ {
        let others = self.all.get(&self.first(symbol)).map_or(&[][..], Vec::as_slice);
        std::iter::once(symbol).chain(others.iter().copied())
    }
}
