//! All rules, and what they say about a module.
//!
//! Terms: see [`super`]. A rule's *serial* is its number, given when it is added; whoever has it can withdraw the rule. Of
//! two rules of one source the *closer* one is named: the module itself before a tree, a deeper tree before a shallower
//! one, any name before a glob, a glob before a path, and `*` last.
//!
//! Which question does this file answer? "Which of ten thousand rules holds for this module?" The rules that may speak are
//! found by [`super::index`]; what the one that won means is said by [`super::decision`].
//!
//! ```text
//! decide("pip._vendor.rich")     pin_eager pip._vendor.*     speaks, wins
//!                                ATIMPORT_DEFER pip.*        speaks
//!                                pin_eager requests          doesn't speak
//! ```

use super::decision::{Decision, Declared, Ruling};
use super::index::Index;
use super::pattern::Scope;
use super::rule::{Rule, Source};
use std::collections::BTreeMap;
use thiserror::Error;

/// A module that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// All dotted names that it has: aliases in `sys.modules` count too.
    pub names: &'a [&'a str],
    /// Canonical path of its source file; needed only if [`Registry::asks_for_paths`].
    pub path: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A module of which only names are known.
    #[must_use]
    pub fn named(names: &'a [&'a str]) -> Self {
        Self { names, path: None }
    }
}

/// Why the registry was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// [`Registry::freeze`] was called.
    #[error("the override registry is frozen: no rule can be added or withdrawn any more; add rules before `freeze()`")]
    Frozen,
    /// No rule has that serial.
    #[error("the rule has been withdrawn already")]
    Withdrawn,
}

/// All rules. The order in which they come makes no difference to what is decided: only of two rules with the same
/// pattern and source the first one's reason is named, a deep one's before another's.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Serial → rule; ascending serials are the order in which they came.
    rules: BTreeMap<u64, Rule>,
    /// The lists of the index are sorted by source, deep ones first, and then by serial: the first is the strongest.
    index: Index,
    next: u64,
    /// How many rules beat a declaration.
    pins: usize,
    frozen: bool,
}

impl Registry {
    /// Adds a rule and returns its serial.
    ///
    /// # Errors
    /// When the registry is frozen.
    pub fn add(&mut self, rule: Rule) -> Result<u64, RegistryError> {
        if self.frozen {
            return Err(RegistryError::Frozen);
        }
        let serial = self.next;
        self.next += 1;
        let (rules, rank) = (&self.rules, |rule: &Rule| (rule.source, !rule.deep));
        self.index.insert(&rule.pattern, serial, |other| rank(&rules[&other]) > rank(&rule));
        self.pins += usize::from(rule.source.beats_declaration());
        self.rules.insert(serial, rule);
        Ok(serial)
    }

    /// Adds a rule unless an equal one is there.
    pub(super) fn add_once(&mut self, rule: Rule) {
        if !self.rules.values().any(|other| *other == rule) {
            self.add(rule).expect("only the environment's rules come this way, before anything can be frozen");
        }
    }

    /// Takes a rule away and returns it.
    ///
    /// # Errors
    /// When the registry is frozen, or the rule has been withdrawn.
    pub fn withdraw(&mut self, serial: u64) -> Result<Rule, RegistryError> {
        if self.frozen {
            return Err(RegistryError::Frozen);
        }
        let rule = self.rules.remove(&serial).ok_or(RegistryError::Withdrawn)?;
        self.index.remove(&rule.pattern, serial);
        self.pins -= usize::from(rule.source.beats_declaration());
        Ok(rule)
    }

    /// Whether any rule pins modules.
    #[must_use]
    pub fn has_pins(&self) -> bool {
        self.pins > 0
    }

    /// Ends all change.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    /// Whether all change has ended.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Every rule, in the order in which they came.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule with that serial.
    #[must_use]
    pub fn rule(&self, serial: u64) -> Option<&Rule> {
        self.rules.get(&serial)
    }

    /// Whether a rule is about source paths, so that a [`Subject`] should have one.
    #[must_use]
    pub fn asks_for_paths(&self) -> bool {
        self.index.has_paths()
    }

    /// What the rules say about a module before it is read. Any text has an answer.
    #[must_use]
    pub fn ruling(&self, subject: &Subject<'_>) -> Ruling<'_> {
        let mut strongest: Option<(u64, &Rule)> = None;
        let mut deep = false;
        // the order of `speaking`: different globs can be equally close, and then the one that came first is named
        let order = |(serial, rule): (u64, &Rule)| (rank(rule), !rule.deep, serial);
        self.visit(subject, |serial, rule| {
            deep |= rule.deep;
            if strongest.is_none_or(|found| order((serial, rule)) < order(found)) {
                strongest = Some((serial, rule));
            }
        });
        match strongest.map(|(_, rule)| rule) {
            Some(rule) if rule.source.beats_declaration() => Ruling::Eager { rule, deep },
            Some(rule) => Ruling::Assumed(rule),
            None => Ruling::ByDeclaration,
        }
    }

    /// What holds for a module, with what is known of its declaration.
    #[must_use]
    pub fn decide(&self, subject: &Subject<'_>, declared: Declared) -> Decision {
        self.ruling(subject).decide(declared)
    }

    /// Every rule that speaks about a module, the strongest first.
    #[must_use]
    pub fn speaking(&self, subject: &Subject<'_>) -> Vec<&Rule> {
        let speaks = |rule: &&Rule| {
            subject.names.iter().any(|name| rule.pattern.matches(name))
                || subject.path.is_some_and(|path| rule.pattern.matches_path(path))
        };
        let mut found: Vec<&Rule> = self.rules.values().filter(speaks).collect();
        found.sort_by_key(|rule| (rank(rule), !rule.deep));
        found
    }

    /// Shows the strongest rule of each list of the index that speaks about the module, where deep ones come first, with its
    /// serial; and all globs that do, because those of one list need not be equally close.
    fn visit<'r>(&'r self, subject: &Subject<'_>, mut visit: impl FnMut(u64, &'r Rule)) {
        if self.rules.is_empty() {
            return;
        }
        for name in subject.names {
            for (list, certain) in self.index.by_name(name) {
                let list = if certain { &list[..list.len().min(1)] } else { list };
                for serial in list {
                    let rule = &self.rules[serial];
                    if certain || rule.pattern.matches(name) {
                        visit(*serial, rule);
                    }
                }
            }
        }
        if let Some(path) = subject.path {
            for list in self.index.by_path(path) {
                if let Some(serial) = list.first() {
                    visit(*serial, &self.rules[serial]);
                }
            }
        }
    }
}

/// Strength, and among rules of one source how close they are.
fn rank(rule: &Rule) -> (Source, Scope, usize) {
    (rule.source, rule.pattern.scope(), usize::MAX - rule.pattern.root().len())
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
