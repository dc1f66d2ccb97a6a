//! Matching a dotted name with wildcards, in bounded time.
//!
//! Terms: in a *glob*, `*` stands for any run of characters, dots included, also for none; `?` for one character that is
//! not a dot. The *head* is the text before the first wildcard, the *tail* the text after the last one.
//!
//! ```text
//! glob            matches                          does not match       head      tail
//! pkg.*.tests     pkg.a.tests, pkg.a.b.tests       pkg.tests            pkg.      .tests
//! test_?          test_a                           test_, test_ab       test_     (nothing)
//! *_pb2           a_pb2, a.b_pb2                   a_pb2.c              (nothing) _pb2
//! ```
//!
//! No regular expressions: whoever writes a pattern may be hostile, so the time must be bounded by the product of the two
//! lengths, whatever the pattern. It is separate from [`super::pattern`], which says what may be written.

/// Longest glob in bytes; with the longest name that an import can have, it bounds the time of a match.
pub const LONGEST: usize = 256;

/// Whether a text has wildcards.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// What every match begins with.
pub fn head(glob: &str) -> &str {
    glob.find(['*', '?']).map_or(glob, |end| &glob[..end])
}

/// What every match ends with.
pub fn tail(glob: &str) -> &str {
    glob.rfind(['*', '?']).map_or(glob, |last| &glob[last + 1..])
}

/// Whether the whole of `name` matches. On a mismatch the last `*` takes one byte more; earlier ones need not be tried
/// again, because whatever follows the last one can only match later.
pub fn matches(glob: &str, name: &str) -> bool {
    let (glob, name) = (glob.as_bytes(), name.as_bytes());
    let (mut g, mut n) = (0, 0);
    // after the last `*`: where the glob goes on, and where in the name it was tried
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match glob.get(g) {
            Some(b'*') => {
                g += 1;
                star = Some((g, n));
            }
            Some(b'?') if name[n] != b'.' && !is_continuation(name[n]) => {
                g += 1;
                n += 1;
                while name.get(n).copied().is_some_and(is_continuation) {
                    n += 1;
                }
            }
            Some(byte) if *byte == name[n] => {
                g += 1;
                n += 1;
            }
            _ => match &mut star {
                Some((after, tried)) => {
                    *tried += 1;
                    (g, n) = (*after, *tried);
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|byte| *byte == b'*')
}

/// A byte within a character of UTF-8, at which no character begins.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn check(glob: &str, matching: &[&str], other: &[&str]) {
        for name in matching {
            assert!(matches(glob, name), "{glob} should match {name}");
        }
        for name in other {
            assert!(!matches(glob, name), "{glob} should not match {name}");
        }
    }

    #[test]
    fn wildcards_match_what_they_say() {
        check("pkg.*.tests", &["pkg.a.tests", "pkg.a.b.tests"], &["pkg.tests", "pkg.a.tests.b", "a.pkg.b.tests"]);
        check("test_?", &["test_a", "test_é", "test_变"], &["test_", "test_ab", "test_."]);
        check("*_pb2", &["a_pb2", "a.b_pb2", "_pb2"], &["a_pb2.c", "a_pb", ""]);
        check("a*b*c", &["abc", "a.b.c", "abcbc"], &["ab", "acb"]);
        check("??", &["ab", "éß"], &["a", "abc", "é"]);
    }

    #[test]
    fn head_and_tail_are_literal() {
        assert_eq!((head("pkg.*.tests"), tail("pkg.*.tests")), ("pkg.", ".tests"));
        assert_eq!((head("*_pb2"), tail("*_pb2")), ("", "_pb2"));
        assert_eq!((head("a?b*"), tail("a?b*")), ("a", ""));
    }

    /// What takes exponential time as a backtracking regular expression.
    #[test]
    fn a_bomb_is_bounded() {
        let bomb = format!("{}b", "a*".repeat(LONGEST / 2 - 1));
        let start = Instant::now();
        assert!(!matches(&bomb, &"a".repeat(100_000)));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    /// The definition, by recursion.
    fn defined(glob: &[char], name: &[char]) -> bool {
        match glob.first() {
            None => name.is_empty(),
            Some('*') => (0..=name.len()).any(|taken| defined(&glob[1..], &name[taken..])),
            Some('?') => name.first().is_some_and(|first| *first != '.') && defined(&glob[1..], &name[1..]),
            Some(character) => name.first() == Some(character) && defined(&glob[1..], &name[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(glob in "[abé.*?]{0,8}", name in "[abé.]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&glob, &name), defined(&characters(&glob), &characters(&name)));
            if matches(&glob, &name) {
                prop_assert!(name.starts_with(head(&glob)) && name.ends_with(tail(&glob)));
            }
        }
    }
}
