//! From a rule that won to a decision that can be explained.
//!
//! Terms: see [`super`].
//!
//! Which question does this file answer? "What do the strongest rule and the module's own declaration come to?" Deciding
//! has two stages, because the loader must know whether a module is pinned before it reads the file: a [`Ruling`]
//! borrows from the registry and costs nothing but the lookup; a [`Decision`] owns its texts and is made when somebody
//! asks. It is separate from the registry because no index is needed to understand it.
//!
//! ```text
//!              the module declares …
//! ruling         nothing      `__at_import__`   it in another form   (not known yet)
//! eager          eager        eager             eager                eager
//! assumed        assumed      declared          eager, a warning     assumed
//! by declaration eager        declared          eager, a warning     undecided
//! ```

use super::rule::{Rule, Source};
use std::fmt;

/// What the rules say about a module that nobody has read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<'registry> {
    /// Eager whatever it declares: it need not be analysed at all.
    Eager {
        /// The rule that won.
        rule: &'registry Rule,
        /// A pin that speaks about the module is deep, this one or another.
        deep: bool,
    },
    /// Deferred, unless its declaration is invalid.
    Assumed(&'registry Rule),
    /// Deferred if it declares that it may be.
    ByDeclaration,
}

/// What is known of a module's own declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Declared {
    /// The module has not been read.
    Unknown,
    /// It says nothing about `__at_import__`.
    Absent,
    /// It declares `__at_import__ = None` or a hook.
    Valid,
    /// It binds `__at_import__` in another form: eager, and a warning says why.
    Invalid,
}

/// How a module is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// At import, all of it.
    Eager,
    /// Deferred, because the module declares it.
    Declared,
    /// Deferred, because somebody else assumes that it may be.
    Assumed,
    /// Deferred if the module declares it, which nobody has read.
    Undecided,
}

impl Mode {
    /// The word that the Python API uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Declared => "declared",
            Self::Assumed => "assumed",
            Self::Undecided => "undecided",
        }
    }

    /// The module may be split.
    #[must_use]
    pub fn defers(self) -> bool {
        matches!(self, Self::Declared | Self::Assumed)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How a module is executed, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How it is executed.
    pub mode: Mode,
    /// The rule that won: its pattern, or the variable of a switch; `None` when no rule did.
    pub rule: Option<String>,
    /// Who said it.
    pub source: Source,
    /// Why, for people: the rule's own reason where it has one.
    pub reason: String,
}

impl Ruling<'_> {
    /// The decision, with what is known of the module's declaration.
    #[must_use]
    pub fn decide(self, declared: Declared) -> Decision {
        let of_rule = |mode: Mode, rule: &Rule| Decision {
            mode,
            rule: Some(rule.name().to_owned()),
            source: rule.source,
            reason: rule.reason(),
        };
        let of_module =
            |mode: Mode, source: Source, reason: &str| Decision { mode, rule: None, source, reason: reason.to_owned() };
        match (self, declared) {
            (Self::Eager { rule, .. }, _) => of_rule(Mode::Eager, rule),
            (_, Declared::Valid) => {
                of_module(Mode::Declared, Source::Declaration, "the module declares `__at_import__`")
            }
            (_, Declared::Invalid) => {
                of_module(Mode::Eager, Source::Declaration, "the module's declaration of `__at_import__` is not valid")
            }
            (Self::Assumed(rule), Declared::Absent | Declared::Unknown) => of_rule(Mode::Assumed, rule),
            (Self::ByDeclaration, Declared::Absent) => of_module(
                Mode::Eager,
                Source::Default,
                "the module does not declare `__at_import__` and no rule matches",
            ),
            (Self::ByDeclaration, Declared::Unknown) => of_module(
                Mode::Undecided,
                Source::Default,
                "deferred if the module declares `__at_import__`; no rule matches",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Pattern;
    use super::*;

    fn rule(source: Source, reason: Option<&str>) -> Rule {
        let pattern = Pattern::parse("pkg.*").unwrap();
        Rule { reason: reason.map(str::to_owned), ..Rule::new(pattern, source) }
    }

    fn check(ruling: Ruling<'_>, expected: [Mode; 4]) {
        let declared = [Declared::Absent, Declared::Valid, Declared::Invalid, Declared::Unknown];
        assert_eq!(declared.map(|declared| ruling.decide(declared).mode), expected, "{ruling:?}");
    }

    /// The table of the module docs.
    #[test]
    fn a_ruling_and_a_declaration_make_a_decision() {
        use Mode::{Assumed, Declared, Eager, Undecided};
        check(Ruling::Eager { rule: &rule(Source::PinEager, None), deep: false }, [Eager, Eager, Eager, Eager]);
        check(Ruling::Assumed(&rule(Source::AssumeDeferred, None)), [Assumed, Declared, Eager, Assumed]);
        check(Ruling::ByDeclaration, [Eager, Declared, Eager, Undecided]);
    }

    #[test]
    fn the_reason_is_the_owners_where_there_is_one() {
        let reason = |rule: &Rule| Ruling::Eager { rule, deep: false }.decide(Declared::Valid).reason;
        assert_eq!(reason(&rule(Source::PinEager, Some("CVE-2026-6357"))), "CVE-2026-6357");
        assert_eq!(reason(&rule(Source::PinEager, None)), "pinned eager by pin_eager pkg.*");
        let assumed = rule(Source::DeferVariable, None);
        assert_eq!(
            Ruling::Assumed(&assumed).decide(Declared::Absent).reason,
            "assumed deferred by ATIMPORT_DEFER pkg.*"
        );
    }

    #[test]
    fn a_decision_names_the_rule_that_won_and_only_that() {
        let assumed = rule(Source::AssumeDeferred, None);
        let decision = Ruling::Assumed(&assumed).decide(Declared::Absent);
        assert_eq!((decision.rule.as_deref(), decision.source), (Some("pkg.*"), Source::AssumeDeferred));
        let decision = Ruling::Assumed(&assumed).decide(Declared::Valid);
        assert_eq!((decision.rule, decision.source), (None, Source::Declaration));
    }
}
