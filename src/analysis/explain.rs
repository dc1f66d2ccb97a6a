//! Why a statement runs when a name is touched.
//!
//! Terms: a *join* is the reason for which two statements were put into one unit; an *explanation* lists statements, in
//! source order, each with a clause that completes "line 4 runs because it …".
//!
//! ```python
//! c = 2              # explain c:  binds `c`
//! if a > 0:          #             may rebind `c`
//!     c = 1
//! d = b > 0 or c     # explain d:  binds `d`; and c's lines: binds `c`, read by line 4
//! ```
//!
//! It is separate from the plan because no runtime needs reasons: they are made from what the analysis remembers, when
//! somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Analysis;
use super::ids::{StmtId, UnitId};
use super::plan::Piece;
use super::reason::Reason;

/// Why two statements are in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Both bind the name.
    Binds,
    /// One binds the name, the other one may change its object.
    Changes,
    /// One may read the name before the other one binds it, or changes its object, for the last time.
    ReadsBefore,
    /// One reads a name that functions of the module rebind.
    FunctionsRebind,
    /// The result of one depends on what the object of the name contains, which clients may change.
    Snapshot,
    /// One asserts something about the name.
    Assertions,
    /// They need each other.
    Cycle,
}

impl Why {
    /// The rule, in one word.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Binds => "binds",
            Self::Changes => "changes",
            Self::ReadsBefore => "reads-before",
            Self::FunctionsRebind => "functions-rebind",
            Self::Snapshot => "snapshot",
            Self::Assertions => "assertions",
            Self::Cycle => "cycle",
        }
    }
}

/// Why two statements were put together; one of a spanning tree of their unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The earlier statement.
    pub first: StmtId,
    /// The later one.
    pub second: StmtId,
    /// The name that it is about.
    pub name: Option<String>,
    /// The rule.
    pub why: Why,
}

impl fmt::Display for Join {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("?");
        match self.why {
            Why::Binds => write!(out, "binds `{name}` as well"),
            Why::Changes => write!(out, "may change the object of `{name}`"),
            Why::ReadsBefore => write!(out, "may read `{name}` before its last binding or change"),
            Why::FunctionsRebind => write!(out, "reads `{name}`, which functions rebind"),
            Why::Snapshot => write!(out, "depends on what `{name}` contains"),
            Why::Assertions => write!(out, "asserts something about `{name}`"),
            Why::Cycle => write!(out, "needs each other"),
        }
    }
}

/// What is remembered about a piece.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    pub(super) piece: Option<Piece>,
    pub(super) binds: Vec<String>,
    pub(super) changes: Vec<String>,
    pub(super) reads: Vec<String>,
    /// Why it runs at import, and which statement of its unit that is about.
    pub(super) at_import: Option<(StmtId, Reason)>,
}

/// A statement, and why it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// First line, 1-based.
    pub first_line: u32,
    /// Last line, 1-based.
    pub last_line: u32,
    /// Names that it binds, or may bind.
    pub binds: Vec<String>,
    /// A clause that completes "it …".
    pub reason: String,
}

/// A unit, or the prelude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedUnit {
    /// `None` for the prelude.
    pub unit: Option<UnitId>,
    /// Names that it binds.
    pub names: Vec<String>,
    /// Names whose units must run before.
    pub needs: Vec<String>,
    /// Its statements.
    pub statements: Vec<Explained>,
}

/// The answer to "what runs, and why?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name asked about.
    pub name: Option<String>,
    /// For a name: what runs when it is touched. Empty otherwise.
    pub statements: Vec<Explained>,
    /// For the module: the prelude and every unit. Empty for a name.
    pub units: Vec<ExplainedUnit>,
}

/// The module has no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the module binds no name `{name}`")]
pub struct UnknownName {
    /// What was asked for.
    pub name: String,
}

/// Explains a name, or the whole module.
///
/// # Errors
/// When the module binds no such name.
pub fn explain(analysis: &Analysis, name: Option<&str>) -> Result<Explanation, UnknownName> {
    let Some(text) = name else {
        return Ok(Explanation { name: None, statements: Vec::new(), units: explain_all(analysis) });
    };
    let plan = &analysis.plan;
    let Some(found) = plan.names.iter().find(|name| name.text == text) else {
        return Err(UnknownName { name: text.to_owned() });
    };
    let statements = match found.unit {
        None => analysis
            .remembered
            .iter()
            .filter(|piece| piece.at_import.is_some() && piece.binds.iter().any(|bound| bound == text))
            .map(|piece| explained(analysis, piece, String::new()))
            .collect(),
        Some(unit) => explain_unit(analysis, unit, text),
    };
    Ok(Explanation { name: Some(text.to_owned()), statements, units: Vec::new() })
}

/// What runs when a name of the unit is touched.
fn explain_unit(analysis: &Analysis, unit: UnitId, name: &str) -> Vec<Explained> {
    let plan = &analysis.plan;
    let mut seen: BTreeSet<UnitId> = BTreeSet::from([unit]);
    let mut stack = vec![unit];
    while let Some(unit) = stack.pop() {
        for dependency in &plan.units[unit.index()].dependencies {
            if seen.insert(*dependency) {
                stack.push(*dependency);
            }
        }
    }
    let mut pieces: Vec<&Remembered> = Vec::new();
    for unit in &seen {
        // What is remembered is in source order.
        for piece in &plan.units[unit.index()].pieces {
            let found = analysis.remembered.binary_search_by_key(&Some(*piece), |candidate| candidate.piece);
            pieces.extend(found.ok().map(|position| &analysis.remembered[position]));
        }
    }
    pieces.sort_by_key(|piece| piece.piece);
    // The first line that reads each name, among what runs.
    let mut readers: BTreeMap<&str, u32> = BTreeMap::new();
    for piece in &pieces {
        for read in &piece.reads {
            readers.entry(read).or_insert_with(|| line_of(analysis, piece));
        }
    }
    let mut bound: BTreeSet<&str> = BTreeSet::new();
    let mut statements: Vec<Explained> = Vec::new();
    for piece in pieces {
        let reason = reason(analysis, piece, name, &readers, &mut bound);
        statements.push(explained(analysis, piece, reason));
    }
    statements
}

fn reason<'r>(
    analysis: &Analysis,
    piece: &'r Remembered,
    name: &str,
    readers: &BTreeMap<&str, u32>,
    bound: &mut BTreeSet<&'r str>,
) -> String {
    let own = line_of(analysis, piece);
    let relevant = |candidate: &&String| {
        candidate.as_str() == name || readers.get(candidate.as_str()).is_some_and(|line| *line != own)
    };
    let fresh = piece.binds.iter().filter(relevant).find(|candidate| !bound.contains(candidate.as_str()));
    let again = piece.binds.iter().find(relevant);
    let changed =
        piece.changes.iter().find(|candidate| candidate.as_str() == name || bound.contains(candidate.as_str()));
    let text = if let Some(fresh) = fresh {
        match readers.get(fresh.as_str()) {
            Some(line) if fresh != name => format!("binds `{fresh}`, read by line {line}"),
            _ => format!("binds `{fresh}`"),
        }
    } else if let Some(again) = again {
        format!("may rebind `{again}`")
    } else if let Some(changed) = changed {
        format!("changes the object of `{changed}`")
    } else {
        let statement = piece.piece.map(|piece| piece.statement);
        let join = analysis.joins.iter().find(|join| Some(join.second) == statement || Some(join.first) == statement);
        match (join, piece.binds.first()) {
            (Some(join), _) => join.to_string(),
            (None, Some(first)) => format!("binds `{first}`"),
            (None, None) => "belongs to the same unit".to_owned(),
        }
    };
    bound.extend(piece.binds.iter().map(String::as_str));
    text
}

fn line_of(analysis: &Analysis, piece: &Remembered) -> u32 {
    piece.piece.map_or(0, |piece| analysis.plan.statements[piece.statement.index()].first_line)
}

fn explained(analysis: &Analysis, piece: &Remembered, reason: String) -> Explained {
    let (first_line, last_line) = piece.piece.map_or((0, 0), |piece| {
        let statement = analysis.plan.statements[piece.statement.index()];
        (statement.first_line, statement.last_line)
    });
    let reason = match &piece.at_import {
        Some((origin, why)) if piece.piece.is_some_and(|piece| piece.statement != *origin) => {
            format!("runs at import because it runs together with statement {}: {why}", origin.0 + 1)
        }
        Some((_, why)) => format!("runs at import because {why}"),
        None => reason,
    };
    Explained { first_line, last_line, binds: piece.binds.clone(), reason }
}

fn explain_all(analysis: &Analysis) -> Vec<ExplainedUnit> {
    let plan = &analysis.plan;
    let by_piece: BTreeMap<Piece, &Remembered> =
        analysis.remembered.iter().filter_map(|piece| Some((piece.piece?, piece))).collect();
    let names = |unit: Option<UnitId>| -> Vec<String> {
        plan.names.iter().filter(|name| name.unit == unit).map(|name| name.text.clone()).collect()
    };
    let mut all = vec![ExplainedUnit {
        unit: None,
        names: names(None),
        needs: Vec::new(),
        statements: plan
            .at_import()
            .filter_map(|piece| by_piece.get(&piece))
            .map(|piece| explained(analysis, piece, String::new()))
            .collect(),
    }];
    for (position, unit) in plan.units.iter().enumerate() {
        let id = UnitId::from(position);
        let mut bound = BTreeSet::new();
        let own: Vec<&Remembered> = unit.pieces.iter().filter_map(|piece| by_piece.get(piece).copied()).collect();
        all.push(ExplainedUnit {
            unit: Some(id),
            names: names(Some(id)),
            needs: unit.dependencies.iter().flat_map(|dependency| names(Some(*dependency))).collect(),
            statements: own
                .iter()
                .map(|piece| {
                    let name = piece.binds.first().map_or("", String::as_str);
                    let text = reason(analysis, piece, name, &BTreeMap::new(), &mut bound);
                    explained(analysis, piece, text)
                })
                .collect(),
        });
    }
    all
}
