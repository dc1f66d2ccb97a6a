//! What an assertion is about.
//!
//! Terms: the *subject* of an `assert` is the piece that has bound one of the names that it reads last before it; there is
//! none when anything of what they stand for comes from outside the module.
//!
//! ```python
//! TABLE = {"a": 1}
//! BACK = {value: key for key, value in TABLE.items()}
//! assert len(TABLE) == len(BACK)      # about BACK: runs with it, and raises when it is touched
//! NEW = sys.version_info >= (3, 12)
//! assert NEW                          # keeps the module from being imported: runs at import
//! ```
//!
//! Which question does this file answer? "Has anybody who imports the module to see it fail?" An assertion is a debugging
//! aid: it may be absent (`-O`), so nothing else can depend on its failing. What only concerns the module's own
//! values is part of making them. It is separate from [`super::touches`], because it is about all pieces at once.

use std::collections::BTreeMap;

use super::closure::Closure;
use super::effects::{ANY_NAME, CALLS_OUTSIDE, CHANGES_OUTSIDE, IMPORTS};
use super::names::{Symbol, Symbols};
use super::prelude::is_builtin_name;
use super::running::Code;
use super::summary::Summary;
use super::symbol_set::SymbolSet;
use super::touches::{Touch, Touches};

/// What may depend on the world outside.
const FROM_OUTSIDE: u16 = IMPORTS | CALLS_OUTSIDE | CHANGES_OUTSIDE | ANY_NAME;
/// Passes over all pieces in which what comes from outside has to be found; one more than names are used before they are
/// bound, in a row.
const PATIENCE: usize = 10;

/// A piece, and the name that it binds.
type Subject = (usize, Symbol);

/// For every piece that asserts something, its position and its subject.
pub(super) fn subjects(
    summary: &Summary,
    closure: &Closure,
    touches: &Touches,
    symbols: &Symbols,
) -> Vec<(usize, Option<Subject>)> {
    let mut found = Vec::new();
    if summary.outcomes.iter().all(|outcome| outcome.asserts.is_none()) {
        return found;
    }
    // Names that nobody binds may come from a star import, or be those that the import system binds.
    let unknown = |symbol: &Symbol| !touches.bound.contains(*symbol) && !is_builtin_name(symbols.text(*symbol));
    let unknown = (0..).map(Symbol).take(summary.facts.len()).filter(unknown).collect();
    let from_outside = from_outside(summary, closure, &touches.pieces, unknown);
    let mut last: BTreeMap<Symbol, usize> = BTreeMap::new();
    for (position, (outcome, touch)) in summary.outcomes.iter().zip(&touches.pieces).enumerate() {
        last.extend(touch.binds.iter().map(|symbol| (symbol, position)));
        if let Some(asserted) = &outcome.asserts {
            let bound = asserted.iter().filter_map(|symbol| Some((*last.get(&symbol)?, symbol)));
            found.push((position, bound.max().filter(|_| !from_outside[position])));
        }
    }
    found
}

/// Whether what a piece does may depend on the world outside, by what it reads: these names, to begin with.
fn from_outside(summary: &Summary, closure: &Closure, pieces: &[Touch], mut names: SymbolSet) -> Vec<bool> {
    let mut found = vec![false; pieces.len()];
    for _ in 0..PATIENCE {
        let before = names.len();
        for (position, (outcome, touch)) in summary.outcomes.iter().zip(pieces).enumerate() {
            let now = &outcome.now;
            let calls = now.calls.iter().map(|symbol| closure.total(symbol, Code::Make));
            let invokes = now.invokes.iter().map(|symbol| closure.total(symbol, Code::Run));
            found[position] = found[position]
                || std::iter::once(now)
                    .chain(calls)
                    .chain(invokes)
                    .any(|code| code.flags & FROM_OUTSIDE != 0 || !code.reads.is_disjoint(&names));
            if found[position] {
                for disturbed in [&touch.binds, &now.changes, &now.puts] {
                    names.join(disturbed);
                }
            }
        }
        if names.len() == before {
            return found;
        }
    }
    vec![true; pieces.len()]
}
