//! How lazy a module is: what its plan costs, against the least that it could.
//!
//! Terms: a statement is *cheap* when it runs at import because that costs less than deferring it ([`Reason::is_cheap`]);
//! a module is *whole* when it has at least two statements that are not cheap, and all of them run at import, or all in one
//! unit; the *ideal slice* of a name is the statements that bind it, those that bind what these read (themselves, or in a
//! function that they call by its name), and so on. The ideal knows nothing of changes, aliases or code that merely may
//! run: it is what a name would cost if no rule ever joined anything, and less than what some names have to cost.
//!
//! ```python
//! LIMIT = 3                       # cheap: runs at import
//! T = {}                          # touching T runs 2, its ideal slice is this statement: 2 against 1
//! T["a"] = load(LIMIT)            # ... because this one changes T
//! U = T                           # touching U runs 3, its ideal slice is lines 2 and 4: 3 against 2
//! ```
//!
//! What runs at import is not counted on either side. It is separate from [`super::explain`], which is about one name and
//! in words; this is about whole corpora and in numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::Analysis;
use super::explain::Remembered;
use super::plan::{Part, Piece, Plan};
use super::reason::Reason;

/// What touching a deferred name costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The name.
    pub name: String,
    /// Statements that touching it runs, in a module of which nothing has been touched.
    pub runs: usize,
    /// Statements of its ideal slice.
    pub ideal: usize,
}

/// Statements that run at import for a kind of reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtImport {
    /// Those that the reason is about.
    pub itself: usize,
    /// Those that stand in one unit with such a statement.
    pub joined: usize,
    /// Those that one of these needs.
    pub needed: usize,
}

impl AtImport {
    /// All of them.
    #[must_use]
    pub fn all(self) -> usize {
        self.itself + self.joined + self.needed
    }
}

/// What a module costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laziness {
    /// Top-level statements that do anything.
    pub statements: usize,
    /// Statements that run at import, by the kind of the reason.
    pub at_import: BTreeMap<&'static str, AtImport>,
    /// Of these, the cheap ones.
    pub cheap: usize,
    /// Names that are bound at import.
    pub immediate: usize,
    /// Names that are deferred, each with its cost.
    pub deferred: Vec<Cost>,
    /// Nothing of it was split.
    pub whole: bool,
    /// How many units fewer there are, by rule.
    pub joins: BTreeMap<&'static str, usize>,
}

/// Measures a module.
#[must_use]
pub fn measure(analysis: &Analysis) -> Laziness {
    let mut found = Laziness::default();
    let mut by_statement: BTreeMap<u32, Vec<&Remembered>> = BTreeMap::new();
    for piece in &analysis.remembered {
        if let Some(of) = piece.piece {
            by_statement.entry(of.statement.0).or_default().push(piece);
        }
    }
    for (statement, pieces) in &by_statement {
        found.statements += 1;
        // The annotation of a statement that has a value as well is no statement of its own.
        let main = pieces.iter().find(|piece| piece.piece.is_some_and(|piece| piece.part != Part::Annotation));
        let Some((origin, reason)) = main.or(pieces.first()).and_then(|piece| piece.at_import.as_ref()) else {
            continue;
        };
        found.cheap += usize::from(reason.is_cheap());
        let (root, needed) = root(analysis, reason, &by_statement);
        let counted = found.at_import.entry(root.kind()).or_default();
        if needed {
            counted.needed += 1;
        } else if origin.0 == *statement {
            counted.itself += 1;
        } else {
            counted.joined += 1;
        }
    }
    for join in &analysis.joins {
        *found.joins.entry(join.why.rule()).or_default() += 1;
    }
    let costs = Costs::new(analysis);
    for name in &analysis.plan.names {
        match name.unit {
            None => found.immediate += 1,
            Some(_) => found.deferred.push(costs.of(&analysis.plan, &name.text)),
        }
    }
    let dear = found.statements - found.cheap;
    let at_import: usize = found.at_import.values().map(|counted| counted.all()).sum();
    let deferred = found.statements - at_import;
    found.whole = dear > 1 && (deferred == 0 || (analysis.plan.units.len() == 1 && deferred == dear));
    found
}

/// The reason for which others are needed; true when this one was only needed.
fn root<'r>(
    analysis: &'r Analysis,
    reason: &'r Reason,
    by_statement: &BTreeMap<u32, Vec<&'r Remembered>>,
) -> (&'r Reason, bool) {
    let mut at = reason;
    let mut needed = false;
    for _ in 0..=analysis.remembered.len() {
        match at {
            Reason::Needed(statement) => {
                let by = by_statement
                    .get(&statement.0)
                    .and_then(|pieces| pieces.iter().find_map(|piece| piece.at_import.as_ref()));
                let Some((_, by)) = by else { break };
                (at, needed) = (by, true);
            }
            Reason::BeforeBarrier(by) => (at, needed) = (by, true),
            _ => break,
        }
    }
    (at, needed)
}

/// What names cost, prepared.
struct Costs<'a> {
    pieces: BTreeMap<Piece, &'a Remembered>,
    binders: BTreeMap<&'a str, Vec<&'a Remembered>>,
    deferred: BTreeSet<Piece>,
}

impl<'a> Costs<'a> {
    fn new(analysis: &'a Analysis) -> Self {
        let mut costs = Self { pieces: BTreeMap::new(), binders: BTreeMap::new(), deferred: BTreeSet::new() };
        let prelude: BTreeSet<Piece> = analysis.plan.at_import().collect();
        for remembered in &analysis.remembered {
            let Some(piece) = remembered.piece else { continue };
            costs.pieces.insert(piece, remembered);
            if prelude.contains(&piece) {
                continue;
            }
            costs.deferred.insert(piece);
            for name in &remembered.binds {
                costs.binders.entry(name).or_default().push(remembered);
            }
        }
        costs
    }

    fn of(&self, plan: &Plan, name: &str) -> Cost {
        let mut units: Vec<_> = plan.unit_of(name).into_iter().collect();
        let mut seen: BTreeSet<_> = units.iter().copied().collect();
        let mut runs = 0;
        while let Some(unit) = units.pop() {
            let unit = &plan.units[unit.index()];
            runs += unit.pieces.len();
            units.extend(unit.dependencies.iter().copied().filter(|needed| seen.insert(*needed)));
        }
        let mut slice: BTreeSet<Piece> = BTreeSet::new();
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            for binder in self.binders.get(name).into_iter().flatten() {
                if binder.piece.is_some_and(|piece| slice.insert(piece)) {
                    names.extend(binder.reads.iter().map(String::as_str));
                }
            }
        }
        debug_assert!(slice.iter().all(|piece| self.deferred.contains(piece)));
        Cost { name: name.to_owned(), runs, ideal: slice.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, analyze};

    fn check(source: &str, expected: &str) {
        let input = Input { source, module: "m", is_package: false, version: (3, 12), platform: "linux", without: "" };
        let found = measure(&analyze(&input).expect("the test's source parses"));
        let names: Vec<String> =
            found.deferred.iter().map(|cost| format!("{} {}/{}", cost.name, cost.runs, cost.ideal)).collect();
        let import: Vec<String> = found
            .at_import
            .iter()
            .map(|(kind, counted)| format!("{kind} {}+{}+{}", counted.itself, counted.joined, counted.needed))
            .collect();
        let whole = if found.whole { " whole" } else { "" };
        let got = format!("{} | {} | {}{whole}", found.statements, import.join(" "), names.join(" "));
        assert_eq!(got, expected, "\n{source}\n");
    }

    #[test]
    fn costs_are_counted_against_the_ideal_slice() {
        check("LIMIT = 3\nT = {}\nT['a'] = f(LIMIT)\nU = T\nV = f()", "5 | literal 1+0+0 | T 3/1 U 3/2 V 1/1");
        check("import os\nx = os.sep\npass", "2 |  | os 1/1 x 2/2");
    }

    #[test]
    fn what_is_needed_is_counted_under_what_needs_it() {
        check("T = {}\nT['x'] = 1\nimport os\nos.x = T", "4 | effect 1+0+3 |  whole");
        check("import q\nx = f()\nx = 2\nfor x in x: q.y = x", "4 | effect 1+2+1 |  whole");
        check("import q\nx = f()\nx = 2\nif x: q.y = x; x = 3", "4 | effect 1+2+0 | q 1/1");
        check("'d'\nimport m\nx = f()\nm.keep(x)\ny = g()", "5 | effect 1+1+1 opening 1+0+0 | y 1/1");
        check("a = f()\nb = 1\nx = eval(a)\nc = f()", "4 | any-name 1+0+1 literal 1+0+0 | c 1/1");
    }

    #[test]
    fn modules_that_are_not_split_are_whole() {
        check("a = f()\nx = eval(a)", "2 | any-name 1+0+1 |  whole");
        check("a = []\nb = tuple(a)", "2 |  | a 2/1 b 2/2 whole");
        check("a = f()", "1 |  | a 1/1");
    }
}
