//! Which modules a rule speaks about.
//!
//! Terms: a *pattern* is `pkg.mod`, that module; `pkg.*`, the package `pkg` and everything below it; or `*`, every
//! module. A *segment* is what stands between dots.
//!
//! ```text
//! pattern         matches                        does not match
//! pip._vendor     pip._vendor                    pip, pip._vendor.rich
//! pip._vendor.*   pip._vendor, pip._vendor.rich  pip, pip._vendored
//! *               everything
//! ```
//!
//! Which question does this file answer? "Does this text say clearly which modules are meant?" Whatever is not clearly one
//! of the three forms is refused with a message that says what is allowed: a pin that silently matches nothing is a hole
//! in somebody's fence. It is separate from the registry because `resolve` and the command line take patterns too.
//!
//! Segments are compared as they stand, with the names that modules have in `sys.modules`. The `import` statement
//! normalises identifiers (NFKC), so a pattern has to be written in normalised form.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Longest pattern in bytes; bounds the work of a decision too.
pub const LONGEST: usize = 4096;

/// How much of a refused pattern a message shows, in characters.
const SHOWN: usize = 80;

/// Which modules a rule speaks about. See the [module docs](self).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
    scope: Scope,
}

/// How far a pattern reaches. Globs and source path prefixes would be further scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `pkg.mod`: one module.
    Module,
    /// `pkg.*`: a module and everything below it.
    Tree,
    /// `*`: every module.
    Everything,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it isn't one of the three forms; blanks around it count as part of it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        match Self::fault(text) {
            Some(fault) => Err(PatternError { pattern: text.to_owned(), fault }),
            None => {
                let scope = match text {
                    "*" => Scope::Everything,
                    _ if text.ends_with(".*") => Scope::Tree,
                    _ => Scope::Module,
                };
                Ok(Self { text: text.to_owned(), scope })
            }
        }
    }

    /// Every module.
    #[must_use]
    pub fn everything() -> Self {
        Self { text: "*".to_owned(), scope: Scope::Everything }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How far it reaches.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The module that it begins at: `pkg` of `pkg` and `pkg.*`, nothing of `*`.
    #[must_use]
    pub fn root(&self) -> &str {
        match self.scope {
            Scope::Module => &self.text,
            Scope::Tree => self.text.strip_suffix(".*").unwrap_or(&self.text),
            Scope::Everything => "",
        }
    }

    /// Whether it speaks about the module of this dotted name.
    #[must_use]
    pub fn matches(&self, module: &str) -> bool {
        match self.scope {
            Scope::Module => module == self.text,
            Scope::Tree => {
                module.strip_prefix(self.root()).is_some_and(|below| below.is_empty() || below.starts_with('.'))
            }
            Scope::Everything => true,
        }
    }

    fn fault(text: &str) -> Option<Fault> {
        if text.is_empty() {
            return Some(Fault::Empty);
        }
        if text.len() > LONGEST {
            return Some(Fault::Long(text.len()));
        }
        if text.contains(char::is_whitespace) {
            return Some(Fault::Blank);
        }
        if text == "*" {
            return None;
        }
        text.strip_suffix(".*").unwrap_or(text).split('.').find_map(|segment| {
            if segment.is_empty() {
                Some(Fault::EmptySegment)
            } else if segment.contains('*') {
                Some(Fault::Star)
            } else if is_identifier(segment) {
                None
            } else {
                Some(Fault::Segment(shown(segment)))
            }
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

/// A text that is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid pattern {}: {fault}; allowed are `pkg.mod` (that module), `pkg.*` (pkg and everything below it) \
     and `*` (every module)",
    shown(pattern)
)]
pub struct PatternError {
    /// All of the text.
    pub pattern: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a text that should be a pattern; displays as a clause about "it".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Longer than [`LONGEST`]; its length in bytes.
    #[error("it is too long: expected at most {LONGEST} bytes, got {0}")]
    Long(usize),
    /// White space, at the ends or within.
    #[error("it contains white space")]
    Blank,
    /// `.a`, `a.` or `a..b`.
    #[error("it has an empty segment: a dot at its start or end, or two in a row")]
    EmptySegment,
    /// `a*`, `*.a`, `a.*.b`.
    #[error("`*` may only stand alone or as the last segment")]
    Star,
    /// A segment that can't be a module's name; already shortened and quoted.
    #[error("{0} is not an identifier")]
    Segment(String),
}

/// Quoted, control characters escaped, and short enough for a message.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

/// As `str.isidentifier`: CPython's `_PyUnicode_IsXidStart` and `_PyUnicode_IsXidContinue`, and the underscore.
fn is_identifier(segment: &str) -> bool {
    let mut characters = segment.chars();
    characters.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && characters.all(unicode_ident::is_xid_continue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let pattern = Pattern::parse(pattern).unwrap();
        for module in matching {
            assert!(pattern.matches(module), "{pattern} should match {module}");
        }
        for module in other {
            assert!(!pattern.matches(module), "{pattern} should not match {module}");
        }
    }

    /// The whole message, without what is always the same at its end.
    fn check_fault(pattern: &str, expected: &str) {
        let message = Pattern::parse(pattern).unwrap_err().to_string();
        let allowed =
            "; allowed are `pkg.mod` (that module), `pkg.*` (pkg and everything below it) and `*` (every module)";
        assert_eq!(message, format!("{expected}{allowed}"));
    }

    #[test]
    fn the_three_forms_match_what_they_say() {
        check("pip._vendor", &["pip._vendor"], &["pip", "pip._vendor.rich", "pip._vendored", "", "PIP._vendor"]);
        check("pip._vendor.*", &["pip._vendor", "pip._vendor.rich", "pip._vendor.rich.a"], &["pip", "pip._vendored"]);
        check("*", &["pip", "a.b.c", ""], &[]);
        check("größe.变量.*", &["größe.变量", "größe.变量.x"], &["größe"]);
        check("_a1.__b__", &["_a1.__b__"], &[]);
    }

    #[test]
    fn every_malformed_pattern_is_named_with_its_fault() {
        check_fault("", r#"invalid pattern "": it is empty"#);
        check_fault(" a", r#"invalid pattern " a": it contains white space"#);
        check_fault("a b", r#"invalid pattern "a b": it contains white space"#);
        check_fault("a\u{a0}", r#"invalid pattern "a\u{a0}": it contains white space"#);
        for pattern in [".a", "a.", "a..b", ".", "..", ".*", "a..*"] {
            let fault = "it has an empty segment: a dot at its start or end, or two in a row";
            check_fault(pattern, &format!("invalid pattern {pattern:?}: {fault}"));
        }
        for pattern in ["a*", "*a", "*.a", "a.*.b", "**", "a.**", "*.*"] {
            let fault = "`*` may only stand alone or as the last segment";
            check_fault(pattern, &format!("invalid pattern {pattern:?}: {fault}"));
        }
        for (pattern, segment) in [("a-b", "a-b"), ("a.1b", "1b"), ("a.[b]", "[b]"), ("a/b", "a/b"), ("a.b\0", "b\0")] {
            check_fault(pattern, &format!("invalid pattern {pattern:?}: {segment:?} is not an identifier"));
        }
    }

    #[test]
    fn a_huge_pattern_gives_a_short_message() {
        assert!(Pattern::parse(&"a".repeat(LONGEST)).is_ok());
        let error = Pattern::parse(&"é".repeat(500_000)).unwrap_err();
        assert_eq!(error.fault, Fault::Long(1_000_000));
        assert!(error.to_string().len() < 500, "{error}");
        let error = Pattern::parse(&"-".repeat(LONGEST)).unwrap_err();
        assert!(error.to_string().len() < 500, "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_an_error(text: String) {
            match Pattern::parse(&text) {
                Ok(pattern) => prop_assert_eq!(pattern.to_string(), text),
                Err(error) => prop_assert_eq!(error.pattern, text),
            }
        }

        #[test]
        fn a_tree_holds_its_root_and_what_is_below(root in "[a-z_][a-z0-9_]{0,4}(\\.[a-z]{1,3}){0,3}", below in "[a-z]{1,4}") {
            let tree = Pattern::parse(&format!("{root}.*")).unwrap();
            prop_assert_eq!(tree.root(), root.as_str());
            let child = format!("{root}.{below}");
            let sibling = format!("{root}{below}");
            prop_assert!(tree.matches(&root) && tree.matches(&child) && !tree.matches(&sibling));
        }
    }
}
