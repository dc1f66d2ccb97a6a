//! Which modules a rule speaks about.
//!
//! Terms: a *pattern* is `pkg.mod`, that module; `pkg.*`, the package `pkg` and everything below it; `*`, every module; a
//! glob (see [`super::glob`]); or an absolute path, the module made from that source file and all that are made from
//! files below that folder. A *segment* is what stands between dots.
//!
//! ```text
//! pattern         matches                        does not match
//! pip._vendor     pip._vendor                    pip, pip._vendor.rich
//! pip._vendor.*   pip._vendor, pip._vendor.rich  pip, pip._vendored
//! *               everything
//! *.tests.*       pkg.tests, pkg.tests.a         tests
//! /opt/app        what is at or below /opt/app   what is at /opt/apple
//! ```
//!
//! Which question does this file answer? "Does this text say clearly which modules are meant?" Whatever is not clearly one
//! of the forms is refused with a message that says what is allowed: a pin that silently matches nothing is a hole in
//! somebody's fence. It is separate from the registry because `resolve` and the command line take patterns too.
//!
//! Segments are compared as they stand, with the names that modules have in `sys.modules`. The `import` statement
//! normalises identifiers (NFKC), so a pattern has to be written in normalised form. Paths are compared canonically: a
//! symbolic link neither escapes from a rule nor into one. That is why a path must exist when the rule is made.

use super::glob;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
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
    /// Of a path: its canonical form, without a separator at its end.
    canonical: String,
}

/// How far a pattern reaches, the closest first: of two rules of one source, the closer one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `pkg.mod`: one module.
    Module,
    /// `pkg.*`: a module and everything below it.
    Tree,
    /// `pkg.*.tests`: names that match.
    Glob,
    /// `/opt/app`: source files.
    Path,
    /// `*`: every module.
    Everything,
}

impl Pattern {
    /// Reads a pattern; looks at the file system if it is a path.
    ///
    /// # Errors
    /// When it isn't one of the forms, or is a path at which there is nothing; blanks around it count as part of it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let refused = |fault| PatternError { pattern: text.to_owned(), fault };
        if text.len() > LONGEST {
            return Err(refused(Fault::Long(text.len(), LONGEST)));
        }
        if Path::new(text).is_absolute() {
            let found = fs::canonicalize(text).map_err(|error| refused(Fault::Missing(error.to_string())))?;
            let canonical = found.to_str().ok_or_else(|| refused(Fault::Unreadable))?;
            let canonical = canonical.trim_end_matches('/').to_owned();
            return Ok(Self { text: text.to_owned(), scope: Scope::Path, canonical });
        }
        match Self::fault(text) {
            Some(fault) => Err(refused(fault)),
            None => {
                let scope = match text {
                    "*" => Scope::Everything,
                    _ if glob::is_glob(text.strip_suffix(".*").unwrap_or(text)) => Scope::Glob,
                    _ if text.ends_with(".*") => Scope::Tree,
                    _ => Scope::Module,
                };
                Ok(Self { text: text.to_owned(), scope, canonical: String::new() })
            }
        }
    }

    /// Every module.
    #[must_use]
    pub fn everything() -> Self {
        Self { text: "*".to_owned(), scope: Scope::Everything, canonical: String::new() }
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

    /// What it begins at: `pkg` of `pkg` and `pkg.*`, the glob without the last `.*`, the canonical path, nothing of `*`.
    #[must_use]
    pub fn root(&self) -> &str {
        match self.scope {
            Scope::Module => &self.text,
            Scope::Tree | Scope::Glob => self.text.strip_suffix(".*").unwrap_or(&self.text),
            Scope::Path => &self.canonical,
            Scope::Everything => "",
        }
    }

    /// Whether it speaks about the module of this dotted name; a path never does.
    #[must_use]
    pub fn matches(&self, module: &str) -> bool {
        match self.scope {
            Scope::Module => module == self.text,
            Scope::Tree => is_below(module, self.root(), '.'),
            Scope::Glob => glob::matches(&self.text, module) || glob::matches(self.root(), module),
            Scope::Path => false,
            Scope::Everything => true,
        }
    }

    /// Whether it speaks about a source file, given by its canonical path; only a path does.
    #[must_use]
    pub fn matches_path(&self, canonical: &str) -> bool {
        self.scope == Scope::Path && is_below(canonical, &self.canonical, '/')
    }

    /// Whether it speaks about a source file, given by any path; looks at the file system, and only for a path.
    #[must_use]
    pub fn matches_source(&self, path: &str) -> bool {
        self.scope == Scope::Path && self.matches_path(&canonical(path))
    }

    fn fault(text: &str) -> Option<Fault> {
        if text.is_empty() {
            return Some(Fault::Empty);
        }
        if text.contains(char::is_whitespace) {
            return Some(Fault::Blank);
        }
        if text == "*" {
            return None;
        }
        if text.contains("**") || text == "*.*" {
            return Some(Fault::Star);
        }
        if glob::is_glob(text.strip_suffix(".*").unwrap_or(text)) && text.len() > glob::LONGEST {
            return Some(Fault::Long(text.len(), glob::LONGEST));
        }
        text.strip_suffix(".*").unwrap_or(text).split('.').find_map(|segment| {
            if segment.is_empty() {
                Some(Fault::EmptySegment)
            } else if is_segment(segment) {
                None
            } else {
                Some(Fault::Segment(shown(segment)))
            }
        })
    }
}

/// Whether a dotted name or a path is `root` or begins with it and a separator.
fn is_below(text: &str, root: &str, separator: char) -> bool {
    text.strip_prefix(root).is_some_and(|below| below.is_empty() || below.starts_with(separator))
}

/// The canonical form of a source path. Of a path into an archive, only the archive exists: what is below is appended.
#[must_use]
pub fn canonical(path: &str) -> String {
    let mut existing = Path::new(path);
    let mut below = PathBuf::new();
    loop {
        if let Ok(found) = fs::canonicalize(existing) {
            let whole = if below.as_os_str().is_empty() { found } else { found.join(&below) };
            return whole.to_string_lossy().into_owned();
        }
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                below = if below.as_os_str().is_empty() { name.into() } else { Path::new(name).join(below) };
                existing = parent;
            }
            _ => return path.to_owned(),
        }
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
    "invalid pattern {}: {fault}; allowed are `pkg.mod` (that module), `pkg.*` (pkg and everything below it), \
     `*` (every module), globs of `*` and `?` such as `pkg.*.tests`, and absolute paths of files and folders",
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
    /// Its length in bytes, and how long it may be: [`LONGEST`], or [`glob::LONGEST`] with wildcards.
    #[error("it is too long: expected at most {1} bytes, got {0}")]
    Long(usize, usize),
    /// White space, at the ends or within.
    #[error("it contains white space")]
    Blank,
    /// `.a`, `a.` or `a..b`.
    #[error("it has an empty segment: a dot at its start or end, or two in a row")]
    EmptySegment,
    /// `**`, `*.*`: it may be meant as one of two things.
    #[error("it has wildcards that say nothing more than a single `*`")]
    Star,
    /// A path at which nothing is; why.
    #[error("there is no such file or folder ({0})")]
    Missing(String),
    /// A path that isn't Unicode.
    #[error("its canonical path is not Unicode")]
    Unreadable,
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

/// Whether a segment is an identifier, or could be one once its wildcards stand for something.
fn is_segment(segment: &str) -> bool {
    if !glob::is_glob(segment) {
        return is_identifier(segment);
    }
    segment.starts_with(['*', '?'])
        && segment.chars().all(|c| matches!(c, '*' | '?') || unicode_ident::is_xid_continue(c))
        || is_identifier(&segment.replace(['*', '?'], "_"))
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
        let allowed = "; allowed are `pkg.mod` (that module), `pkg.*` (pkg and everything below it), `*` (every module), \
                       globs of `*` and `?` such as `pkg.*.tests`, and absolute paths of files and folders";
        assert_eq!(message, format!("{expected}{allowed}"));
    }

    #[test]
    fn the_forms_match_what_they_say() {
        check("pip._vendor", &["pip._vendor"], &["pip", "pip._vendor.rich", "pip._vendored", "", "PIP._vendor"]);
        check("pip._vendor.*", &["pip._vendor", "pip._vendor.rich", "pip._vendor.rich.a"], &["pip", "pip._vendored"]);
        check("*", &["pip", "a.b.c", ""], &[]);
        check("größe.变量.*", &["größe.变量", "größe.变量.x"], &["größe"]);
        check("_a1.__b__", &["_a1.__b__"], &[]);
        check("*.tests.*", &["a.tests", "a.b.tests.c"], &["tests", "a.testsuite"]);
        check("pkg.t?st", &["pkg.test"], &["pkg.tst", "pkg.t.st"]);
        check("*_pb2", &["a.b_pb2"], &["a.b_pb2.c"]);
        check("/", &[], &["a", "/"]);
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
        for pattern in ["**", "a.**", "*.*", "a**b"] {
            let fault = "it has wildcards that say nothing more than a single `*`";
            check_fault(pattern, &format!("invalid pattern {pattern:?}: {fault}"));
        }
        for (pattern, segment) in [
            ("a-b", "a-b"),
            ("a.1b", "1b"),
            ("a.[b]", "[b]"),
            ("a/b", "a/b"),
            ("a.b\0", "b\0"),
            ("-*", "-*"),
            ("1*", "1*"),
        ] {
            check_fault(pattern, &format!("invalid pattern {pattern:?}: {segment:?} is not an identifier"));
        }
    }

    #[test]
    fn a_huge_pattern_gives_a_short_message() {
        assert!(Pattern::parse(&"a".repeat(LONGEST)).is_ok());
        let error = Pattern::parse(&"é".repeat(500_000)).unwrap_err();
        assert_eq!(error.fault, Fault::Long(1_000_000, LONGEST));
        assert!(error.to_string().len() < 500, "{error}");
        let error = Pattern::parse(&"a*".repeat(200)).unwrap_err();
        assert_eq!(error.fault, Fault::Long(400, glob::LONGEST));
        let error = Pattern::parse(&format!("/{}", "a/".repeat(1000))).unwrap_err();
        assert!(error.to_string().len() < 600, "{error}");
        let error = Pattern::parse(&"-".repeat(LONGEST)).unwrap_err();
        assert!(error.to_string().len() < 500, "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn a_symbolic_link_does_not_escape() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("mod.py"), "").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        for rule in [&real, &link] {
            let pattern = Pattern::parse(&text(rule)).unwrap();
            for folder in [&real, &link] {
                assert!(pattern.matches_path(&canonical(&text(&folder.join("mod.py")))), "{rule:?} {folder:?}");
            }
            assert!(!pattern.matches_path(&canonical(&text(&folder.path().join("real2/mod.py")))));
            assert!(!pattern.matches_path(&canonical(&text(&real.join("../mod.py")))));
        }
        let missing = Pattern::parse(&text(&folder.path().join("missing"))).unwrap_err();
        assert!(matches!(missing.fault, Fault::Missing(_)), "{missing}");
        assert_eq!(canonical(&text(&link.join("lib.zip/pkg/m.py"))), canonical(&text(&real)) + "/lib.zip/pkg/m.py");
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
