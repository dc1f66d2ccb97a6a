//! Identifiers as small numbers.
//!
//! Terms: a [`Symbol`] stands for one identifier of the module, after NFKC normalisation and private-name mangling. Which
//! question does this file answer? "Are these two identifiers the same?", and nothing about what they are bound to.
//!
//! ```python
//! class A:
//!     def f(self):
//!         return __x          # the symbol is that of `_A__x`, which is what CPython looks up
//! ```
//!
//! It is separate because every set in the analysis is a set of symbols, and only the walker makes new ones. The order of
//! symbols is the order of first mention, so every set iterates in an order that the source alone decides.

use rustc_hash::FxHashMap;

/// An identifier of the module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Symbol(pub(super) u32);

impl Symbol {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All identifiers met so far; a symbol is a position in `texts`.
#[derive(Default, Debug)]
pub(super) struct Symbols {
    by_text: FxHashMap<String, Symbol>,
    texts: Vec<String>,
}

impl Symbols {
    /// The symbol of an identifier, new or known.
    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.by_text.get(text) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).expect("fewer identifiers than source bytes"));
        self.texts.push(text.to_owned());
        self.by_text.insert(text.to_owned(), symbol);
        symbol
    }

    /// The symbol of an identifier, when the module mentions it.
    pub(super) fn get(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.index()]
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// The name that CPython stores for `name` inside class `class` (`_Py_Mangle` in `compile.c`).
pub(super) fn mangle(class: Option<&str>, name: &str) -> String {
    match class.map(|class| class.trim_start_matches('_')) {
        Some(class) if !class.is_empty() && name.starts_with("__") && !name.ends_with("__") && !name.contains('.') => {
            format!("_{class}{name}")
        }
        _ => name.to_owned(),
    }
}
