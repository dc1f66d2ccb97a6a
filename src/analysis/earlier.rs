//! What stands before a piece: where the functions are made that it may run, and what is imported by then.
//!
//! ```python
//! first = find(outside)           # may call whatever code outside has got hold of; but there is no `change` yet
//! late = None
//! def change(): global late; late = 1
//! import a.b                      # from here on `"a" in sys.modules`, and `"a.b"`
//! ```
//!
//! It is separate from [`super::touches`], which goes through the pieces in order and asks this: the closure over calls knows no
//! order, and neither does the join of all facts.

use std::collections::BTreeMap;

use super::effects::ANY_NAME;
use super::names::{Symbol, Symbols};
use super::outcome::Outcome;
use super::summary::Summary;
use super::symbol_set::SymbolSet;

/// Where functions are made that bind names: none of them runs before.
pub(super) struct Makers {
    /// By name, position of the first piece with a function that binds it.
    first: BTreeMap<Symbol, usize>,
    /// Position of the first piece with code that may bind any name.
    pub(super) any_name: usize,
}

impl Makers {
    pub(super) fn new(summary: &Summary) -> Self {
        let mut makers = Self { first: BTreeMap::new(), any_name: usize::MAX };
        for (position, outcome) in summary.outcomes.iter().enumerate() {
            for code in outcome.codes() {
                if code.has(ANY_NAME) {
                    makers.any_name = makers.any_name.min(position);
                }
                for symbol in &code.binds {
                    makers.first.entry(symbol).or_insert(position);
                }
            }
        }
        makers
    }

    pub(super) fn may_bind(&self, position: usize, symbol: Symbol) -> bool {
        self.first.get(&symbol).is_none_or(|first| position >= *first)
    }
}

/// By module, positions of the pieces so far that import it, or something from it.
#[derive(Default)]
pub(super) struct Importers<'s>(BTreeMap<&'s str, Vec<usize>>);

impl<'s> Importers<'s> {
    pub(super) fn add(&mut self, position: usize, outcome: &'s Outcome) {
        for module in &outcome.imports {
            self.0.entry(module).or_default().push(position);
        }
    }

    /// Pieces that have imported the module, or one in it: any of them. With a dot at the end, all of them.
    pub(super) fn of(&self, module: &str) -> Vec<usize> {
        let all = module.strip_suffix('.');
        let module = all.unwrap_or(module);
        let below = format!("{module}.");
        let inner = self.0.range(below.as_str()..).take_while(|(name, _)| name.starts_with(&below));
        let found = self.0.get(module).into_iter().chain(inner.map(|(_, positions)| positions)).flatten();
        found.copied().take(if all.is_some() { usize::MAX } else { 1 }).collect()
    }

    /// Modules that are looked up have been imported.
    pub(super) fn have(&self, modules: &SymbolSet, symbols: &Symbols) -> bool {
        let mut looked_up = modules.iter().map(|module| symbols.text(module)).filter(|module| !module.ends_with('.'));
        looked_up.all(|module| !self.of(module).is_empty())
    }
}
