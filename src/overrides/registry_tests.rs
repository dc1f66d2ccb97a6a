//! Who wins, the index against the definition, withdrawing and freezing.
//!
//! Separate from `registry.rs` because the tests are longer than what they test.

use super::super::decision::Mode;
use super::super::pattern::Pattern;
use super::*;
use proptest::prelude::*;

/// `(source, pattern)`, reason-less.
type Said<'a> = (Source, &'a str);

const ATTRIBUTE: Source = Source::Attribute;
const PIN: Source = Source::PinEager;
const EAGER: Source = Source::EagerVariable;
const SPEC1: Source = Source::EagerImport;
const OFF: Source = Source::Switch;
const ASSUME: Source = Source::AssumeDeferred;
const DEFER: Source = Source::DeferVariable;

fn registry(said: &[Said<'_>]) -> Registry {
    let mut registry = Registry::default();
    for (source, pattern) in said {
        registry.add(Rule::new(Pattern::parse(pattern).unwrap(), *source)).unwrap();
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
            let decision = registry.decide(&Subject::named(&[module]), given);
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
fn the_rule_that_wins_is_the_first_of_those_that_speak() {
    // equally close, in one list of the index and in two, and one that is closer behind one that came first
    let patterns = [["*k.*", "*k"], ["*k", "*k.*"], ["a*bc", "a*c"], ["a*c", "a*bc"], ["a*b*", "a*c"]];
    for patterns in patterns {
        let registry = registry(&patterns.map(|pattern| (PIN, pattern)));
        for module in ["k", "xk", "axbc", "k.l"] {
            let names = [module];
            let subject = Subject::named(&names);
            let named = match registry.ruling(&subject) {
                Ruling::Eager { rule, .. } => Some(rule),
                _ => None,
            };
            assert_eq!(registry.speaking(&subject).first().copied(), named, "{module} under {patterns:?}");
        }
    }
}

#[test]
fn without_a_rule_the_module_decides() {
    check_unruled(&[], "pkg.mod");
    check_unruled(&[(PIN, "pkg"), (ASSUME, "pkg.modul.*")], "pkg.mod");
}

#[test]
fn conflicting_rules_are_settled_by_precedence() {
    check_pinned(&[(PIN, "*"), (EAGER, "a.b"), (SPEC1, "*"), (OFF, "*"), (ASSUME, "a.b")], "a.b", "*", PIN);
    check_pinned(&[(PIN, "a.*.c"), (ATTRIBUTE, "*"), (EAGER, "a.b"), (SPEC1, "*")], "a.b", "*", ATTRIBUTE);
    check_pinned(&[(EAGER, "a.*"), (SPEC1, "*"), (OFF, "*"), (DEFER, "a.b")], "a.b", "a.*", EAGER);
    check_pinned(&[(SPEC1, "*"), (OFF, "*"), (ASSUME, "a.b")], "a.b", "EAGER_IMPORT", SPEC1);
    check_pinned(&[(OFF, "*"), (ASSUME, "a.b"), (DEFER, "a.b")], "a.b", "ATIMPORT", OFF);
    check_assumed(&[(ASSUME, "*"), (DEFER, "a.b")], "a.b", "*", ASSUME);
    check_assumed(&[(DEFER, "a.*"), (PIN, "a.c"), (EAGER, "a")], "a.b", "a.*", DEFER);
    check_pinned(&[(DEFER, "a.b"), (PIN, "a.*")], "a.b", "a.*", PIN);
}

#[test]
fn of_one_source_the_closest_rule_is_named() {
    let said = [(PIN, "*"), (PIN, "a.*"), (PIN, "a.b.*"), (PIN, "a.b"), (PIN, "a.?"), (PIN, "?.b.*")];
    check_pinned(&said, "a.b", "a.b", PIN);
    check_pinned(&said, "a.b.c.d", "a.b.*", PIN);
    check_pinned(&said, "a", "a.*", PIN);
    check_pinned(&said, "b", "*", PIN);
}

fn rule(source: Source, pattern: &str) -> Rule {
    Rule::new(Pattern::parse(pattern).unwrap(), source)
}

fn decide(registry: &Registry, name: &str) -> Decision {
    registry.decide(&Subject::named(&[name]), Declared::Unknown)
}

#[test]
fn equal_rules_of_two_owners_are_two() {
    let mut registry = Registry::default();
    let said = |reason: &str| Rule { reason: Some(reason.to_owned()), ..rule(PIN, "pkg.*") };
    let first = registry.add(said("first")).unwrap();
    let second = registry.add(said("second")).unwrap();
    assert_eq!(decide(&registry, "pkg").reason, "first");
    registry.withdraw(first).unwrap();
    assert_eq!(decide(&registry, "pkg").reason, "second", "one owner's withdrawal leaves the other's rule");
    assert_eq!(registry.withdraw(first), Err(RegistryError::Withdrawn));
    assert!(registry.has_pins());
    registry.withdraw(second).unwrap();
    registry.add(rule(ASSUME, "other")).unwrap();
    assert!(!registry.has_pins());
    assert_eq!(decide(&registry, "pkg").mode, Mode::Undecided);
    assert_eq!(registry.rules().count(), 1);
}

#[test]
fn every_kind_of_pattern_can_be_withdrawn() {
    for pattern in ["a.b", "a.*", "*", "a.*.c", "*_b.c", "*.b.*", "?.b.c", "/"] {
        let mut registry = Registry::default();
        let serial = registry.add(rule(PIN, pattern)).unwrap();
        let asked = Subject { names: &["a.b", "a.x_b.c", "a.b.c"], path: Some("/m.py") };
        assert!(matches!(registry.ruling(&asked), Ruling::Eager { .. }), "{pattern}");
        registry.withdraw(serial).unwrap();
        assert_eq!(registry.ruling(&asked), Ruling::ByDeclaration, "{pattern}");
    }
}

#[test]
fn a_frozen_registry_refuses_everything() {
    let mut registry = Registry::default();
    let serial = registry.add(rule(PIN, "a")).unwrap();
    registry.freeze();
    assert!(registry.is_frozen());
    assert_eq!(registry.add(rule(PIN, "b")), Err(RegistryError::Frozen));
    assert_eq!(registry.add(rule(ASSUME, "b")), Err(RegistryError::Frozen));
    assert_eq!(registry.withdraw(serial), Err(RegistryError::Frozen));
    assert_eq!(decide(&registry, "a").mode, Mode::Eager);
}

#[test]
fn deep_holds_if_any_pin_that_speaks_is_deep() {
    let deep = |patterns: &[(&str, bool)], name: &str| {
        let mut registry = Registry::default();
        for (pattern, deep) in patterns {
            registry.add(Rule { deep: *deep, ..rule(PIN, pattern) }).unwrap();
        }
        matches!(registry.ruling(&Subject::named(&[name])), Ruling::Eager { deep: true, .. })
    };
    assert!(!deep(&[("a.*", false)], "a.b"));
    assert!(deep(&[("a.*", false), ("a.*", true)], "a.b"));
    assert!(deep(&[("a.b", false), ("a.*", true)], "a.b"));
    assert!(deep(&[("a.b", false), ("*b", true)], "a.b"));
    assert!(!deep(&[("a.b", false), ("c.*", true)], "a.b"));
}

#[test]
fn every_name_and_the_path_are_asked_about() {
    let mut registry = Registry::default();
    assert!(!registry.asks_for_paths());
    registry.add(rule(PIN, "pip._vendor.*")).unwrap();
    let here = registry.add(rule(PIN, "/")).unwrap();
    assert!(registry.asks_for_paths());
    let eager = |registry: &Registry, subject: Subject<'_>| matches!(registry.ruling(&subject), Ruling::Eager { .. });
    assert!(eager(&registry, Subject { names: &["rich"], path: Some("/lib/rich.py") }));
    registry.withdraw(here).unwrap();
    assert!(!eager(&registry, Subject { names: &["rich"], path: Some("/lib/rich.py") }));
    assert!(eager(&registry, Subject::named(&["rich", "pip._vendor.rich"])));
    assert!(!eager(&registry, Subject::named(&[])));
}

#[test]
fn every_rule_that_speaks_is_listed_strongest_first() {
    let registry = registry(&[
        (DEFER, "a.*"),
        (PIN, "*"),
        (SPEC1, "*"),
        (PIN, "a.?"),
        (PIN, "a.b"),
        (PIN, "c"),
        (ATTRIBUTE, "a.*"),
    ]);
    let listed: Vec<_> =
        registry.speaking(&Subject::named(&["a.b"])).iter().map(|rule| (rule.source, rule.name())).collect();
    let expected =
        [(PIN, "a.b"), (PIN, "a.?"), (PIN, "*"), (ATTRIBUTE, "a.*"), (SPEC1, "EAGER_IMPORT"), (DEFER, "a.*")];
    assert_eq!(listed, expected);
}

#[test]
fn any_name_has_an_answer() {
    let registry = registry(&[(PIN, "a.*"), (DEFER, "*"), (PIN, "*a*a*a*a*b")]);
    for module in ["", ".", "..", ".a", "a..b", "a.", "ä\u{0}", &"a.".repeat(100_000)] {
        let by_pin = module.starts_with("a.");
        let ruling = registry.ruling(&Subject::named(std::slice::from_ref(&module)));
        assert_eq!(matches!(ruling, Ruling::Eager { .. }), by_pin, "{:?}", module.get(..5));
    }
}

proptest! {
    /// The index against the definition: of all rules that speak, the strongest, and of those the closest.
    #[test]
    fn the_index_finds_what_a_search_finds(
        said in proptest::collection::vec(
            (
                prop::sample::select(vec![PIN, ATTRIBUTE, EAGER, SPEC1, OFF, ASSUME, DEFER]),
                "\\*|[ab](\\.[ab]){0,3}(\\.\\*)?|[ab?](\\.[ab?]|\\.\\*[ab]|[ab]\\*){0,3}(\\.\\*)?|\\*[ab]|/",
                any::<bool>(),
                any::<bool>(),
            ),
            0..12,
        ),
        module in "[ab](\\.[ab]){0,4}",
    ) {
        let mut registry = Registry::default();
        for (source, pattern, deep, stays) in &said {
            let rule = Rule { deep: *deep && *source == PIN, ..rule(*source, pattern) };
            let serial = registry.add(rule).unwrap();
            if !stays {
                registry.withdraw(serial).unwrap();
            }
        }
        let subject = Subject { names: &[module.as_str()], path: Some("/m.py") };
        let speaking = registry.speaking(&subject);
        let deepest = speaking.iter().any(|rule| rule.deep);
        match registry.ruling(&subject) {
            Ruling::Eager { rule, deep } => {
                prop_assert_eq!((rank(rule), deep), (rank(speaking[0]), deepest));
                prop_assert!(rule.source.beats_declaration());
            }
            Ruling::Assumed(rule) => {
                prop_assert_eq!(rank(rule), rank(speaking[0]));
                prop_assert!(!rule.source.beats_declaration());
            }
            Ruling::ByDeclaration => prop_assert!(speaking.is_empty()),
        }
    }
}
