//! The registry decides as the table of precedence says, whatever the patterns, the environment and the module's name.
//!
//! The bytes are lines: values of the environment's variables first, then names of modules that are asked about.

use atimport::overrides::pattern::Scope;
use atimport::overrides::{Declared, Mode, Pattern, Registry, Rule, Ruling, Source, Subject};

const VARIABLES: [&str; 4] = ["ATIMPORT_EAGER", "ATIMPORT_DEFER", "EAGER_IMPORT", "ATIMPORT"];

/// Makes a registry of the first lines, and asks it about the others.
///
/// # Panics
/// When a promise about the registry is broken.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let values = &lines[..lines.len().min(VARIABLES.len())];
    let value = |name: &str| {
        let position = VARIABLES.iter().position(|variable| *variable == name)?;
        values.get(position).map(|value| (*value).to_owned())
    };
    let (mut registry, warnings) = Registry::from_environment(value);
    assert!(warnings.iter().all(|warning| VARIABLES.iter().any(|name| warning.starts_with(name))), "{warnings:?}");
    for (position, line) in lines.iter().skip(VARIABLES.len()).enumerate() {
        match Pattern::parse(line) {
            Ok(pattern) => {
                assert_eq!(pattern.text(), *line);
                assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()));
                if matches!(pattern.scope(), Scope::Module | Scope::Tree) {
                    assert!(pattern.matches(pattern.root()), "{pattern} doesn't speak about its root");
                }
                if position % 3 == 1 {
                    let reason = Some((*line).to_owned());
                    let rule = Rule { reason, deep: position % 2 == 0, ..Rule::new(pattern, Source::PinEager) };
                    registry.add(rule).expect("it is not frozen");
                } else if position % 3 == 2 {
                    registry.add(Rule::new(pattern, Source::AssumeDeferred)).expect("it is not frozen");
                }
            }
            Err(error) => assert!(error.to_string().len() < 2000, "a message as long as the pattern"),
        }
    }
    for module in lines {
        decided(&registry, module);
    }
}

/// Compares a decision with the strongest of all rules that match, found by looking at each.
fn decided(registry: &Registry, module: &str) {
    let names = [module];
    let subject = Subject::named(&names);
    let matching = registry.rules().filter(|rule| rule.pattern.matches(module));
    // of several the first
    let strongest = matching
        .min_by_key(|rule| (rule.source, rule.pattern.scope(), usize::MAX - rule.pattern.root().len(), !rule.deep));
    assert_eq!(registry.speaking(&subject).first(), strongest.as_ref());
    let ruling = registry.ruling(&subject);
    match (ruling, strongest) {
        (Ruling::ByDeclaration, None) => {}
        (Ruling::Eager { rule, .. }, Some(other)) => {
            assert!(rule.pattern == other.pattern && rule.source == other.source && rule.source.beats_declaration());
        }
        (Ruling::Assumed(rule), Some(other)) => {
            assert!(rule.pattern == other.pattern && rule.source == other.source && !rule.source.beats_declaration());
        }
        other => panic!("{module:?}: {other:?}"),
    }
    for declared in [Declared::Unknown, Declared::Absent, Declared::Valid, Declared::Invalid] {
        let decision = registry.decide(&subject, declared);
        assert!(!decision.reason.is_empty());
        match (ruling, declared) {
            (Ruling::Eager { .. }, _) | (_, Declared::Invalid) => assert_eq!(decision.mode, Mode::Eager),
            (Ruling::Assumed(_), Declared::Absent) => assert_eq!(decision.mode, Mode::Assumed),
            (_, Declared::Valid) => assert_eq!(decision.mode, Mode::Declared),
            _ => {}
        }
    }
}
