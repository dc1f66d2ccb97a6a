//! The point of no return: what may still be imported after it.
//!
//! Terms: a *seal* says which modules may be read after it; all seals hold at once, so that nothing un-seals and a later one
//! can only forbid more. A module may be read if each seal allows it by its name, by its source path, or because it comes
//! from the standard library.
//!
//! ```text
//! seal()                                 the standard library and nothing else
//! seal(allow=["stdlib", "plugins.*"])    plugins too
//! seal(allow=[], mode="warn")            after the first of these: raises as before, and warns of the standard library
//! ```
//!
//! Pure: what is a file of the standard library is said by the caller, who knows the interpreter.

use super::pattern::{Pattern, PatternError, Scope};

/// The word in a list of patterns that stands for the standard library.
pub const STDLIB: &str = "stdlib";

/// What happens to an import that a seal doesn't allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A warning, and the import goes on.
    Warn,
    /// An exception.
    Raise,
}

/// One call of `seal`.
#[derive(Clone, Debug)]
pub struct Seal {
    allowed: Vec<Pattern>,
    stdlib: bool,
    severity: Severity,
}

/// What is known of a module that is about to be found or read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// Canonical path of its file.
    pub path: Option<&'a str>,
    /// It is built in, frozen, or a file of the standard library.
    pub stdlib: bool,
}

impl Seal {
    /// A seal that allows modules by patterns; [`STDLIB`] among them stands for the standard library.
    ///
    /// # Errors
    /// For a malformed pattern.
    pub fn new<'a>(allow: impl IntoIterator<Item = &'a str>, severity: Severity) -> Result<Self, PatternError> {
        let (stdlib, patterns): (Vec<&str>, Vec<&str>) = allow.into_iter().partition(|text| *text == STDLIB);
        let allowed = patterns.into_iter().map(Pattern::parse).collect::<Result<_, _>>()?;
        Ok(Self { allowed, stdlib: !stdlib.is_empty(), severity })
    }

    fn allows(&self, name: &str, origin: Origin<'_>) -> bool {
        self.stdlib && origin.stdlib
            || self
                .allowed
                .iter()
                .any(|pattern| pattern.matches(name) || origin.path.is_some_and(|path| pattern.matches_path(path)))
    }

    /// Whether it could allow a module of that name, once it is known where it comes from.
    fn may_allow(&self, name: &str, stdlib: bool) -> bool {
        let paths = self.allowed.iter().any(|pattern| pattern.scope() == Scope::Path);
        self.allows(name, Origin { path: None, stdlib }) || paths
    }
}

/// The strongest objection against a module; none: it may be read.
#[must_use]
pub fn objection(seals: &[Seal], name: &str, origin: Origin<'_>) -> Option<Severity> {
    seals.iter().filter(|seal| !seal.allows(name, origin)).map(|seal| seal.severity).max()
}

/// Whether a module has to be found before it can be judged. `stdlib`: its name is one of the standard library's, which is
/// no proof that the file is.
#[must_use]
pub fn depends_on_origin(seals: &[Seal], name: &str, stdlib: bool) -> bool {
    let possible = Origin { path: None, stdlib };
    objection(seals, name, Origin::default()) != objection(seals, name, possible)
        || seals.iter().any(|seal| !seal.allows(name, possible) && seal.may_allow(name, stdlib))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(allow: &[&str], severity: Severity) -> Seal {
        Seal::new(allow.iter().copied(), severity).unwrap()
    }

    const STDLIB_FILE: Origin<'_> = Origin { path: Some("/lib/json.py"), stdlib: true };
    const OTHER_FILE: Origin<'_> = Origin { path: Some("/site/json.py"), stdlib: false };

    #[test]
    fn the_standard_library_is_a_place_and_not_a_name() {
        let seals = [seal(&["stdlib"], Severity::Raise)];
        assert_eq!(objection(&seals, "json", STDLIB_FILE), None);
        assert_eq!(objection(&seals, "json", OTHER_FILE), Some(Severity::Raise));
        assert!(depends_on_origin(&seals, "json", true));
        assert!(!depends_on_origin(&seals, "rich", false), "refused without looking for it");
        assert_eq!(objection(&seals, "stdlib", OTHER_FILE), Some(Severity::Raise), "the word is not a module");
    }

    #[test]
    fn patterns_allow_by_name_and_by_path() {
        let seals = [seal(&["stdlib", "plugins.*", "/"], Severity::Raise)];
        assert_eq!(objection(&seals, "plugins.a", Origin::default()), None);
        assert!(!depends_on_origin(&seals, "plugins.a", false));
        assert!(depends_on_origin(&seals, "rich", false));
        assert_eq!(objection(&seals, "rich", OTHER_FILE), None);
        assert_eq!(objection(&seals, "rich", Origin::default()), Some(Severity::Raise));
    }

    #[test]
    fn a_later_seal_only_forbids_more() {
        let mut seals = vec![seal(&["stdlib"], Severity::Warn)];
        assert_eq!(objection(&seals, "rich", OTHER_FILE), Some(Severity::Warn));
        seals.push(seal(&["*"], Severity::Raise));
        assert_eq!(objection(&seals, "rich", OTHER_FILE), Some(Severity::Warn));
        seals.push(seal(&[], Severity::Raise));
        assert_eq!(objection(&seals, "rich", OTHER_FILE), Some(Severity::Raise));
        assert_eq!(objection(&seals, "json", STDLIB_FILE), Some(Severity::Raise));
        assert_eq!(objection(&[], "rich", OTHER_FILE), None);
    }

    #[test]
    fn a_malformed_pattern_is_refused() {
        assert!(Seal::new(["a..b"], Severity::Raise).is_err());
    }
}
