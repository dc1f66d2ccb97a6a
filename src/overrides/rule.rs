//! A rule: who says what about which modules, and why.
//!
//! Terms: see [`super`]. The *source* of a rule is by which door it came, and is all of its precedence; its *owner* is
//! who made it, and only for people.
//!
//! It is separate from [`super::decision`], which is about what rules come to.

use super::pattern::Pattern;
use std::fmt;

/// By which door a rule came. The order is the precedence, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// `atimport.overrides.pin_eager`.
    PinEager,
    /// A pattern in the attribute [`ATTRIBUTE`] of `sys`: a pin by somebody who can't import atimport.
    Attribute,
    /// A pattern of the environment variable `ATIMPORT_EAGER`.
    EagerVariable,
    /// The environment variable `EAGER_IMPORT` (Scientific Python SPEC 1).
    EagerImport,
    /// The environment variable `ATIMPORT`.
    Switch,
    /// The module's own `__at_import__`.
    Declaration,
    /// `atimport.overrides.assume_deferred`.
    AssumeDeferred,
    /// A pattern of the environment variable `ATIMPORT_DEFER`.
    DeferVariable,
    /// Nobody: an import is eager.
    Default,
}

/// The attribute of `sys` that holds patterns of modules to be executed eagerly: a tuple of strings.
pub const ATTRIBUTE: &str = "at_import_eager";

impl Source {
    /// Stronger than what the module declares.
    #[must_use]
    pub fn beats_declaration(self) -> bool {
        self < Self::Declaration
    }

    /// The name by which a user knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PinEager => "pin_eager",
            Self::Attribute => "sys.at_import_eager",
            Self::EagerVariable => "ATIMPORT_EAGER",
            Self::EagerImport => "EAGER_IMPORT",
            Self::Switch => "ATIMPORT",
            Self::Declaration => "declaration",
            Self::AssumeDeferred => "assume_deferred",
            Self::DeferVariable => "ATIMPORT_DEFER",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A pattern, who said it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Which modules it speaks about; for a switch, all.
    pub pattern: Pattern,
    /// By which door it came, and so what it says: those that beat the declaration are pins, the others assumptions.
    pub source: Source,
    /// The owner's words, or what the environment holds.
    pub reason: Option<String>,
    /// Who made it, for people.
    pub owner: Option<String>,
    /// Of a pin: it holds for all that is imported while a matching module executes, too.
    pub deep: bool,
}

impl Rule {
    /// A rule without owner or reason, not deep.
    #[must_use]
    pub fn new(pattern: Pattern, source: Source) -> Self {
        Self { pattern, source, reason: None, owner: None, deep: false }
    }

    /// What a decision names: the pattern, or the variable of a switch, which has no pattern of its own.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.source {
            Source::EagerImport | Source::Switch => self.source.name(),
            _ => self.pattern.text(),
        }
    }

    /// Why, for people.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.reason {
            Some(reason) => reason.clone(),
            None if self.source.beats_declaration() => format!("pinned eager by {} {}", self.source, self.pattern),
            None => format!("assumed deferred by {} {}", self.source, self.pattern),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_ordered_by_strength() {
        let strongest_first = [
            Source::PinEager,
            Source::Attribute,
            Source::EagerVariable,
            Source::EagerImport,
            Source::Switch,
            Source::Declaration,
            Source::AssumeDeferred,
            Source::DeferVariable,
            Source::Default,
        ];
        assert!(strongest_first.is_sorted());
        assert_eq!(strongest_first.iter().filter(|source| source.beats_declaration()).count(), 5);
        assert_eq!(Source::Attribute.name(), format!("sys.{ATTRIBUTE}"));
    }

    #[test]
    fn a_switch_is_known_by_its_variable() {
        assert_eq!(Rule::new(Pattern::everything(), Source::Switch).name(), "ATIMPORT");
        assert_eq!(Rule::new(Pattern::everything(), Source::PinEager).name(), "*");
    }
}
