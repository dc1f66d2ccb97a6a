//! All rules, and the strongest that speaks about a module.
//!
//! Terms: see [`super`]. A *node* is a dotted name at which some pattern begins; the node of `*` is the empty name. Of two
//! rules of one source the *closer* one is named: the module itself before a tree, a deeper tree before a shallower one.
//!
//! Which question does this file answer? "Which of ten thousand rules holds for this module?", without looking at ten
//! thousand rules: a decision looks up each prefix of the module's name, so it costs as much as the name has segments.
//! It is separate from [`super::decision`], which says what a rule that won means.
//!
//! ```text
//! decide("pip._vendor.rich")     looks at                rules that speak
//!                                pip._vendor.rich        its own, and its tree's
//!                                pip._vendor             its tree's
//!                                pip                     its tree's
//!                                (empty)                 `*`
//! ```

use super::decision::{Decision, Declared, Rule, Ruling, Source};
use super::pattern::{Pattern, Scope};
use std::collections::HashMap;

/// All rules. Rules are added and never taken away. The order in which they come makes no difference to what is decided:
/// only of two rules with the same pattern and source, but different reasons, the first one's reason is named.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// In the order in which they came.
    rules: Vec<Rule>,
    /// The dotted name at which a pattern begins → the rules that begin there.
    nodes: HashMap<Box<str>, Node>,
    /// Bytes of the longest name in `nodes`: a longer prefix need not be hashed.
    longest: usize,
}

/// Rules that begin at one dotted name, as positions in `Registry::rules`. Each list is sorted by the rules' source, and
/// within one source by arrival: its first is the strongest.
#[derive(Clone, Debug, Default)]
struct Node {
    /// `pkg`.
    module: Vec<usize>,
    /// `pkg.*`, or `*` at the empty name.
    tree: Vec<usize>,
}

impl Registry {
    /// Pins modules eager, stronger than everything else. False if the same rule is there already.
    pub fn pin_eager(&mut self, pattern: Pattern, reason: Option<String>) -> bool {
        self.add(Rule { pattern, source: Source::PinEager, reason })
    }

    /// Treats modules as opted in, weaker than everything else. False if the same rule is there already.
    pub fn assume_deferred(&mut self, pattern: Pattern, reason: Option<String>) -> bool {
        self.add(Rule { pattern, source: Source::AssumeDeferred, reason })
    }

    /// Adds a rule of any source. False if an equal one is there already.
    pub(super) fn add(&mut self, rule: Rule) -> bool {
        let root = rule.pattern.root();
        self.longest = self.longest.max(root.len());
        let node = match self.nodes.get_mut(root) {
            Some(node) => node,
            None => self.nodes.entry(root.into()).or_default(),
        };
        let list = match rule.pattern.scope() {
            Scope::Module => &mut node.module,
            Scope::Tree | Scope::Everything => &mut node.tree,
        };
        let rules = &self.rules;
        let first = list.partition_point(|position| rules[*position].source < rule.source);
        let end = list.partition_point(|position| rules[*position].source <= rule.source);
        if list[first..end].iter().any(|position| rules[*position] == rule) {
            return false;
        }
        list.insert(end, self.rules.len());
        self.rules.push(rule);
        true
    }

    /// Every rule, in the order in which they came.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What the rules say about a module before it is read. Any text has an answer.
    #[must_use]
    pub fn ruling(&self, module: &str) -> Ruling<'_> {
        match self.strongest(module) {
            Some(rule) if rule.source.beats_declaration() => Ruling::Eager(rule),
            Some(rule) => Ruling::Assumed(rule),
            None => Ruling::ByDeclaration,
        }
    }

    /// What holds for a module, with what is known of its declaration.
    #[must_use]
    pub fn decide(&self, module: &str, declared: Declared) -> Decision {
        self.ruling(module).decide(declared)
    }

    fn strongest(&self, module: &str) -> Option<&Rule> {
        if self.nodes.is_empty() {
            return None;
        }
        let mut strongest: Option<&Rule> = None;
        // From the closest to the farthest, so that of equal sources the closest stays.
        let mut consider = |list: &[usize]| {
            if let Some(rule) = list.first().map(|position| &self.rules[*position])
                && strongest.is_none_or(|found| rule.source < found.source)
            {
                strongest = Some(rule);
            }
        };
        if let Some(node) = self.node(module) {
            consider(&node.module);
        }
        for prefix in prefixes(module) {
            if let Some(node) = self.node(prefix) {
                consider(&node.tree);
            }
        }
        strongest
    }

    fn node(&self, name: &str) -> Option<&Node> {
        if name.len() > self.longest { None } else { self.nodes.get(name) }
    }
}

/// `a.b.c`, `a.b`, `a` and the empty name.
fn prefixes(module: &str) -> impl Iterator<Item = &str> {
    let shorter = module.rmatch_indices('.').map(|(dot, _)| &module[..dot]);
    let everything = (!module.is_empty()).then_some("");
    std::iter::once(module).chain(shorter.filter(|prefix| !prefix.is_empty())).chain(everything)
}

#[cfg(test)]
mod tests {
    use super::super::decision::Mode;
    use super::*;
    use proptest::prelude::*;

    /// `(source, pattern)`, reason-less.
    type Said<'a> = (Source, &'a str);

    const PIN: Source = Source::PinEager;
    const EAGER: Source = Source::EagerVariable;
    const SPEC1: Source = Source::EagerImport;
    const OFF: Source = Source::Switch;
    const ASSUME: Source = Source::AssumeDeferred;
    const DEFER: Source = Source::DeferVariable;

    fn registry(said: &[Said<'_>]) -> Registry {
        let mut registry = Registry::default();
        for (source, pattern) in said {
            registry.add(Rule { pattern: Pattern::parse(pattern).unwrap(), source: *source, reason: None });
        }
        registry
    }

    /// The decision on a module that declares nothing, and on the same module when it declares `__at_import__`; and the
    /// same whatever the order of the rules.
    fn check(said: &[Said<'_>], module: &str, undeclared: (Mode, &str, Source), declared: (Mode, &str, Source)) {
        let mut order = said.to_vec();
        for _ in 0..=said.len() {
            let registry = registry(&order);
            for (given, (mode, rule, source)) in [(Declared::Absent, undeclared), (Declared::Valid, declared)] {
                let decision = registry.decide(module, given);
                let got = (decision.mode, decision.rule.as_deref().unwrap_or(""), decision.source);
                assert_eq!(got, (mode, rule, source), "{module} {given:?} under {order:?}");
            }
            if !order.is_empty() {
                order.rotate_left(1);
            }
        }
    }

    /// The same for both.
    fn check_pinned(said: &[Said<'_>], module: &str, rule: &str, source: Source) {
        check(said, module, (Mode::Eager, rule, source), (Mode::Eager, rule, source));
    }

    fn check_assumed(said: &[Said<'_>], module: &str, rule: &str, source: Source) {
        check(said, module, (Mode::Assumed, rule, source), (Mode::Declared, "", Source::Declaration));
    }

    fn check_unruled(said: &[Said<'_>], module: &str) {
        check(said, module, (Mode::Eager, "", Source::Default), (Mode::Declared, "", Source::Declaration));
    }

    #[test]
    fn without_a_rule_the_module_decides() {
        check_unruled(&[], "pkg.mod");
        check_unruled(&[(PIN, "pkg"), (ASSUME, "pkg.modul.*")], "pkg.mod");
    }

    #[test]
    fn conflicting_rules_are_settled_by_precedence() {
        check_pinned(&[(PIN, "*"), (EAGER, "a.b"), (SPEC1, "*"), (OFF, "*"), (ASSUME, "a.b")], "a.b", "*", PIN);
        check_pinned(&[(EAGER, "a.*"), (SPEC1, "*"), (OFF, "*"), (DEFER, "a.b")], "a.b", "a.*", EAGER);
        check_pinned(&[(SPEC1, "*"), (OFF, "*"), (ASSUME, "a.b")], "a.b", "EAGER_IMPORT", SPEC1);
        check_pinned(&[(OFF, "*"), (ASSUME, "a.b"), (DEFER, "a.b")], "a.b", "ATIMPORT", OFF);
        check_assumed(&[(ASSUME, "*"), (DEFER, "a.b")], "a.b", "*", ASSUME);
        check_assumed(&[(DEFER, "a.*"), (PIN, "a.c"), (EAGER, "a")], "a.b", "a.*", DEFER);
        check_pinned(&[(DEFER, "a.b"), (PIN, "a.*")], "a.b", "a.*", PIN);
    }

    #[test]
    fn of_one_source_the_closest_rule_is_named() {
        let said = [(PIN, "*"), (PIN, "a.*"), (PIN, "a.b.*"), (PIN, "a.b")];
        check_pinned(&said, "a.b", "a.b", PIN);
        check_pinned(&said, "a.b.c.d", "a.b.*", PIN);
        check_pinned(&said, "a", "a.*", PIN);
        check_pinned(&said, "b", "*", PIN);
    }

    #[test]
    fn an_equal_rule_is_not_added_twice() {
        let mut registry = Registry::default();
        let pattern = || Pattern::parse("pkg.*").unwrap();
        assert!(registry.pin_eager(pattern(), Some("first".to_owned())));
        assert!(!registry.pin_eager(pattern(), Some("first".to_owned())));
        assert!(registry.assume_deferred(pattern(), None));
        assert!(!registry.assume_deferred(pattern(), None));
        // Another owner's reason is another rule, and the first stays the one that is named.
        assert!(registry.pin_eager(pattern(), Some("second".to_owned())));
        assert_eq!(registry.rules().len(), 3);
        assert_eq!(registry.decide("pkg", Declared::Unknown).reason, "first");
    }

    #[test]
    fn two_stages_come_to_one_decision() {
        let registry = registry(&[(ASSUME, "a.*"), (PIN, "a.b")]);
        assert!(matches!(registry.ruling("a.b"), Ruling::Eager(rule) if rule.pattern.text() == "a.b"));
        assert!(matches!(registry.ruling("a"), Ruling::Assumed(rule) if rule.pattern.text() == "a.*"));
        assert_eq!(registry.ruling("b"), Ruling::ByDeclaration);
        assert_eq!(registry.decide("b", Declared::Unknown).mode, Mode::Undecided);
        assert_eq!(registry.decide("a", Declared::Invalid).mode, Mode::Eager);
    }

    #[test]
    fn any_name_has_an_answer() {
        let registry = registry(&[(PIN, "a.*"), (DEFER, "*")]);
        for module in ["", ".", "..", ".a", "a..b", "a.", "ä\u{0}", &"a.".repeat(100_000)] {
            let by_pin = module.starts_with("a.");
            assert_eq!(matches!(registry.ruling(module), Ruling::Eager(_)), by_pin, "{:?}", module.get(..5));
        }
    }

    proptest! {
        /// The index against the definition: of all rules that match, the strongest, and of those the closest.
        #[test]
        fn the_index_finds_what_a_search_finds(
            said in proptest::collection::vec(
                (prop::sample::select(vec![PIN, EAGER, SPEC1, OFF, ASSUME, DEFER]), "(\\*|[ab](\\.[ab]){0,3}(\\.\\*)?)"),
                0..12,
            ),
            module in "[ab](\\.[ab]){0,4}",
        ) {
            let said: Vec<_> = said.iter().map(|(source, pattern)| (*source, pattern.as_str())).collect();
            let registry = registry(&said);
            let closeness = |rule: &Rule| (rule.pattern.scope() != Scope::Module, usize::MAX - rule.pattern.root().len());
            let searched = registry
                .rules()
                .iter()
                .filter(|rule| rule.pattern.matches(&module))
                .min_by_key(|rule| (rule.source, closeness(rule)));
            prop_assert_eq!(registry.strongest(&module), searched);
        }
    }
}
