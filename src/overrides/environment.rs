//! The rules that environment variables make.
//!
//! Terms: a *switch* is a variable that speaks about all modules; a *list* is a variable of patterns separated by commas.
//!
//! | variable | kind | says |
//! |---|---|---|
//! | `ATIMPORT_EAGER` | list | these modules are eager |
//! | `EAGER_IMPORT` | switch | every module is eager, unless it is empty or `0` (Scientific Python SPEC 1) |
//! | `ATIMPORT` | switch | `off`, `0`, `false`, `no`, in any case: every module is eager |
//! | `ATIMPORT_DEFER` | list | these modules are treated as opted in |
//!
//! Which question does this file answer? "What did the person who started the process want?" Nobody can answer an error
//! about the environment of a process that has begun, so what can't be understood becomes a warning that names the
//! variable and the text, and the rest still counts. It is separate from the registry because it is policy, and because
//! it reads the environment through a function that it is given, once: a program that changes `os.environ` later
//! changes nothing.

use super::pattern::{Pattern, shown};
use super::registry::Registry;
use super::rule::{Rule, Source};

/// Values of `ATIMPORT`, in lower case, that switch deferral off.
const OFF: [&str; 4] = ["off", "0", "false", "no"];

/// Values of `ATIMPORT`, in lower case, that say what holds anyway.
const ON: [&str; 5] = ["", "on", "1", "true", "yes"];

impl Registry {
    /// The registry that a process starts with, and what in its environment was not understood, one text each.
    ///
    /// `get` gives the value of a variable, `None` if it isn't set. What isn't Unicode should come with replacement
    /// characters rather than as `None`, so that it is reported instead of ignored.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let mut registry = Self::default();
        let mut warnings = Vec::new();
        for source in [Source::EagerVariable, Source::DeferVariable] {
            if let Some(value) = get(source.name()) {
                add_list(&mut registry, &mut warnings, source, &value);
            }
        }
        if let Some(value) = get(Source::EagerImport.name())
            && !matches!(value.as_str(), "" | "0")
        {
            add_switch(&mut registry, Source::EagerImport, &value);
        }
        if let Some(value) = get(Source::Switch.name()) {
            let normal = value.trim().to_lowercase();
            if OFF.contains(&normal.as_str()) {
                add_switch(&mut registry, Source::Switch, &value);
            } else if !ON.contains(&normal.as_str()) {
                warnings.push(format!(
                    "{}: unknown value {} is ignored; allowed are {} to switch deferral off, and {}",
                    Source::Switch,
                    shown(&value),
                    OFF.join(", "),
                    ON[1..].join(", "),
                ));
            }
        }
        (registry, warnings)
    }
}

fn add_list(registry: &mut Registry, warnings: &mut Vec<String>, source: Source, value: &str) {
    for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match Pattern::parse(item) {
            Ok(pattern) => {
                registry.add_once(Rule::new(pattern, source));
            }
            Err(error) => warnings.push(format!("{source}: {error}; it is ignored")),
        }
    }
}

fn add_switch(registry: &mut Registry, source: Source, value: &str) {
    let reason = format!("the environment sets {source} to {}", shown(value));
    registry.add_once(Rule { reason: Some(reason), ..Rule::new(Pattern::everything(), source) });
}

#[cfg(test)]
mod tests {
    use super::super::decision::{Declared, Mode};
    use super::super::registry::Subject;
    use super::*;

    fn registry(variables: &[(&str, &str)]) -> (Registry, Vec<String>) {
        Registry::from_environment(|name| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// The module declares nothing; no warnings.
    fn check(variables: &[(&str, &str)], module: &str, mode: Mode, rule: Option<&str>, source: Source) {
        let (registry, warnings) = registry(variables);
        let decision = registry.decide(&Subject::named(&[module]), Declared::Absent);
        assert_eq!((decision.mode, decision.rule.as_deref(), decision.source), (mode, rule, source), "{variables:?}");
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    fn check_warnings(variables: &[(&str, &str)], expected: &[&str], rules: usize) {
        let (registry, warnings) = registry(variables);
        assert_eq!(warnings, expected);
        assert_eq!(registry.rules().count(), rules);
    }

    #[test]
    fn an_empty_environment_says_nothing() {
        check(&[], "a", Mode::Eager, None, Source::Default);
        let blanks = [("ATIMPORT_EAGER", " , ,"), ("ATIMPORT_DEFER", ""), ("EAGER_IMPORT", ""), ("ATIMPORT", " ")];
        check(&blanks, "a", Mode::Eager, None, Source::Default);
        check_warnings(&blanks, &[], 0);
    }

    #[test]
    fn lists_are_separated_by_commas_and_trimmed() {
        let variables = [("ATIMPORT_DEFER", " a.* ,,b,\tc "), ("ATIMPORT_EAGER", "a.x,a.x")];
        check(&variables, "a.b", Mode::Assumed, Some("a.*"), Source::DeferVariable);
        check(&variables, "b", Mode::Assumed, Some("b"), Source::DeferVariable);
        check(&variables, "c", Mode::Assumed, Some("c"), Source::DeferVariable);
        check(&variables, "a.x", Mode::Eager, Some("a.x"), Source::EagerVariable);
        check_warnings(&variables, &[], 4);
    }

    #[test]
    fn eager_import_is_set_by_anything_but_empty_and_zero() {
        for value in ["1", "true", "no", " ", "00"] {
            check(&[("EAGER_IMPORT", value)], "a", Mode::Eager, Some("EAGER_IMPORT"), Source::EagerImport);
        }
        for value in ["", "0"] {
            check(&[("EAGER_IMPORT", value)], "a", Mode::Eager, None, Source::Default);
        }
    }

    #[test]
    fn atimport_is_switched_off_in_any_case() {
        for value in ["off", "OFF", "0", "False", "nO", " off "] {
            check(&[("ATIMPORT", value)], "a", Mode::Eager, Some("ATIMPORT"), Source::Switch);
        }
        for value in ["on", "1", "TRUE", "yes", ""] {
            check(&[("ATIMPORT", value)], "a", Mode::Eager, None, Source::Default);
        }
        let (registry, _) = registry(&[("ATIMPORT", "Off")]);
        assert_eq!(
            registry.decide(&Subject::named(&["a"]), Declared::Valid).reason,
            r#"the environment sets ATIMPORT to "Off""#
        );
    }

    #[test]
    fn a_pin_made_by_the_program_beats_the_environment() {
        let (mut registry, _) = registry(&[("ATIMPORT_EAGER", "a"), ("EAGER_IMPORT", "1"), ("ATIMPORT_DEFER", "a")]);
        registry.add(Rule::new(Pattern::parse("a").unwrap(), Source::PinEager)).unwrap();
        assert_eq!(registry.decide(&Subject::named(&["a"]), Declared::Valid).source, Source::PinEager);
    }

    #[test]
    fn what_is_malformed_is_named_and_the_rest_counts() {
        let allowed = "allowed are `pkg.mod` (that module), `pkg.*` (pkg and everything below it), `*` (every module), \
                       globs of `*` and `?` such as `pkg.*.tests`, and absolute paths of files and folders";
        let star = "it has wildcards that say nothing more than a single `*`";
        check_warnings(
            &[("ATIMPORT_EAGER", "good,a**,also.good"), ("ATIMPORT_DEFER", "a b")],
            &[
                &format!(r#"ATIMPORT_EAGER: invalid pattern "a**": {star}; {allowed}; it is ignored"#),
                &format!(r#"ATIMPORT_DEFER: invalid pattern "a b": it contains white space; {allowed}; it is ignored"#),
            ],
            2,
        );
    }

    #[test]
    fn an_unknown_value_of_the_switch_is_named() {
        check_warnings(
            &[("ATIMPORT", "disabled")],
            &[
                r#"ATIMPORT: unknown value "disabled" is ignored; allowed are off, 0, false, no to switch deferral off, and on, 1, true, yes"#,
            ],
            0,
        );
    }
}
