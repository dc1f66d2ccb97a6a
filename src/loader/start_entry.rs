//! One entry of a profile of what start-up touches, as text.
//!
//! ```text
//! 0f3c5a9e77d10b42 3 0-5,7 tool.options       # checksum, runs, units ("-" for none), module
//! ```
//!
//! Separate from [`super::start_profile`] because it knows neither files nor Python, and is tested without.

use std::fmt::Write;

/// What is known of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of its image.
    pub checksum: u64,
    /// How many runs it comes from.
    pub runs: u32,
    /// Inclusive ranges of units, ascending and apart.
    pub units: Vec<(u32, u32)>,
}

impl Entry {
    /// Of one run, and the units that have run in it.
    #[must_use]
    pub fn of(checksum: u64, mut units: Vec<u32>) -> Self {
        units.sort_unstable();
        units.dedup();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for unit in units {
            match ranges.last_mut() {
                Some((_, last)) if unit - *last == 1 => *last = unit,
                _ => ranges.push((unit, unit)),
            }
        }
        Self { checksum, runs: 1, units: ranges }
    }

    /// The name of a module and its entry; nothing when the line is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<(String, Self)> {
        let mut words = line.splitn(4, ' ');
        let checksum = u64::from_str_radix(words.next()?, 16).ok()?;
        let runs = words.next()?.parse().ok()?;
        let units = match words.next()? {
            "-" => Vec::new(),
            text => text.split(',').map(range).collect::<Option<_>>()?,
        };
        let ascending = units.windows(2).all(|pair| pair[0].1 < pair[1].0);
        ascending.then_some((words.next()?.to_owned(), Self { checksum, runs, units }))
    }

    /// As a line.
    #[must_use]
    pub fn line(&self, module: &str) -> String {
        let mut line = format!("{:016x} {} ", self.checksum, self.runs);
        for (position, (first, last)) in self.units.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            // writing to a string can't fail
            let _ = match first == last {
                true => write!(line, "{comma}{first}"),
                false => write!(line, "{comma}{first}-{last}"),
            };
        }
        if self.units.is_empty() {
            line.push('-');
        }
        line + " " + module
    }

    /// What ran in the runs of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut units = Vec::new();
        let (mut ours, mut theirs) = (self.units.iter().peekable(), other.units.iter().peekable());
        while let (Some((first, last)), Some((begin, end))) = (ours.peek(), theirs.peek()) {
            let both = (*first.max(begin), *last.min(end));
            if both.0 <= both.1 {
                units.push(both);
            }
            if last < end {
                ours.next()
            } else {
                theirs.next()
            };
        }
        Self { checksum: other.checksum, runs: self.runs.saturating_add(other.runs), units }
    }
}

/// "3" or "3-5".
fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let found = (first.parse().ok()?, last.parse().ok()?);
    (found.0 <= found.1).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_back() {
        for units in [vec![], vec![(0, 0)], vec![(0, 5), (7, 7), (9, u32::MAX)]] {
            let entry = Entry { checksum: 0xf3c, runs: 3, units };
            assert_eq!(Entry::parse(&entry.line("a b")), Some(("a b".to_owned(), entry)));
        }
    }

    #[test]
    fn what_is_no_line_is_nothing() {
        for line in ["", "1", "1 2", "1 2 -", "x 1 - m", "1 x - m", "1 1 5-3 m", "1 1 3,3 m", "1 1 4,3 m", "1 1 , m"] {
            assert_eq!(Entry::parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn what_all_runs_have_run() {
        let both = Entry::of(1, vec![7, 0, 1, 2, 3, 5]).and(&Entry::of(1, vec![2, 3, 4, 5, 9, 5]));
        assert_eq!((both.runs, both.units), (2, vec![(2, 3), (5, 5)]));
    }
}
