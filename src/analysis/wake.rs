//! Which functions may run while the module executes.
//!
//! Terms: a piece is *awake* when a function that it makes may run before the module is complete. What the functions of other
//! pieces put into objects is put there by clients, who had to touch the names of these objects first: it is not there yet
//! when the module's own statements run.
//!
//! ```python
//! def keep(x): KEPT.append(x)     # awake only because of the last line: KEPT may hold L from then on
//! def forget(): OTHER.append(L)   # nobody calls it: what changes OTHER doesn't change L
//! keep(L)
//! ```
//!
//! It is separate from the fixpoint in [`super::summary`], which asks it again whenever nothing else is new.

use std::collections::BTreeMap;

use super::declaration;
use super::effects::{ANY_NAME, Effects, RUNS_OWN_CODE};
use super::names::{Symbol, Symbols};
use super::outcome::{Facts, Outcome, SETS_NAMES};
use super::running::{Calls, Code};
use super::value;

/// Finds pieces that are awake, and have not been known to be.
pub(super) fn wake(
    outcomes: &[Outcome],
    facts: &[Facts],
    methods: &[BTreeMap<Symbol, Effects>],
    symbols: &Symbols,
    awake: &mut [bool],
) -> Vec<usize> {
    let says_more = |outcome: &Outcome| !outcome.contents_later.is_empty() || !outcome.given_later.is_empty();
    if !outcomes.iter().zip(&*awake).any(|(outcome, awake)| !awake && says_more(outcome)) {
        return Vec::new();
    }
    let mut makers: BTreeMap<Symbol, Vec<usize>> = BTreeMap::new();
    let mut start: Vec<(Symbol, Code)> = Vec::new();
    start.extend(symbols.get(declaration::NAME).map(|hook| (hook, Code::Run)));
    let mut code: Vec<&Effects> = Vec::new();
    let mut reached = vec![false; outcomes.len()];
    let mut any_name = false;
    let names_are_set = facts.iter().any(|facts| facts.has(SETS_NAMES));
    for (position, outcome) in outcomes.iter().enumerate() {
        let bound = outcome.bound.iter().chain(&outcome.bound_later).map(|(symbol, _)| *symbol);
        let later = awake[position].then_some(&outcome.contents_later).into_iter().flatten();
        let holding = outcome.contents.iter().chain(later);
        let holders = holding.filter(|(_, stored)| stored.has(value::MADE_HERE)).map(|(symbol, _)| *symbol);
        for symbol in bound.chain(holders) {
            makers.entry(symbol).or_default().push(position);
        }
        code.push(&outcome.now);
        any_name |= outcome.now.has(ANY_NAME);
        if names_are_set {
            start.extend(outcome.named.iter().map(|symbol| (symbol, Code::Run)));
        }
        if outcome.now.has(RUNS_OWN_CODE) {
            reached[position] = true;
            code.push(&outcome.made.code);
        }
    }
    let running = Calls::new(facts, methods).running(&start, &code);
    any_name |= running.flags & ANY_NAME != 0;
    let named = running.names.iter().filter_map(|symbol| makers.get(&symbol)).flatten();
    for position in named.chain(&running.pieces) {
        reached[*position] = true;
    }
    let mut woken = Vec::new();
    for (position, reached) in reached.into_iter().enumerate() {
        if (reached || any_name) && !std::mem::replace(&mut awake[position], true) {
            woken.push(position);
        }
    }
    woken
}
