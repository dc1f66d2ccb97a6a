//! What the analysis makes of small modules: one rule or pitfall a test, in a compact form of the plan.
//!
//! ```python
//! a = f()             # expected: "a: 1"            the unit that binds a runs statement 1
//! b = a + g()         # expected: "b: 2 <- a"       ... statement 2, and needs the unit of a
//! print(b)            # expected: "prelude: 1 2 3"  statement 3 runs at import, and so do the units it needs
//! ```
//!
//! A unit is named after its names, statements are counted from 1, `3v` and `3a` are the value and the annotation of an
//! annotated assignment, `3.0` the first module that an import of several imports, a name that may not exist has a `?`. The tests stand in one file because what they check is what
//! all files of this layer do together; each file tests its own pieces itself.

mod chapters;
mod diagnosed;
mod found;
mod imports;

use super::ids::UnitId;
use super::plan::{Part, Piece, Plan, Step};
use super::{Analysis, Input, analyze, invariants};

/// Analyses a module `m` for 3.12.
fn analysis(source: &str) -> Analysis {
    analysis_for(source, (3, 12), "module", false)
}

fn analysis_for(source: &str, version: (u8, u8), module: &str, is_package: bool) -> Analysis {
    let input = Input { source, module, is_package, version, platform: "linux", without: "" };
    let analysis = analyze(&input).expect("the test's source parses");
    invariants::hold(&analysis);
    analysis
}

fn piece(piece: &Piece) -> String {
    let part = match piece.part {
        Part::Whole => String::new(),
        Part::Value => "v".to_owned(),
        Part::Annotation => "a".to_owned(),
        Part::Alias(number) => format!(".{number}"),
    };
    format!("{}{part}", piece.statement.0 + 1)
}

fn names(plan: &Plan, unit: UnitId) -> String {
    let names: Vec<String> = plan
        .names
        .iter()
        .filter(|name| name.unit == Some(unit))
        .map(|name| format!("{}{}", name.text, if name.definite { "" } else { "?" }))
        .collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

/// The compact form of a plan.
fn compact(plan: &Plan) -> String {
    let mut parts = Vec::new();
    let prelude: Vec<String> = plan
        .prelude
        .iter()
        .filter_map(|step| match step {
            Step::Run(pieces) => Some(pieces.iter().map(piece).collect::<Vec<_>>().join(" ")),
            Step::Announce(..) => None,
            Step::CompleteModules => Some("complete".to_owned()),
            Step::CompleteNamespace => Some("complete-namespace".to_owned()),
        })
        .collect();
    if !prelude.is_empty() {
        parts.push(format!("prelude: {}", prelude.join(" ")));
    }
    for (position, unit) in plan.units.iter().enumerate() {
        let id = UnitId::from(position);
        let pieces: Vec<String> = unit.pieces.iter().map(piece).collect();
        let needs: Vec<String> = unit.dependencies.iter().map(|needed| names(plan, *needed)).collect();
        let arrow = if needs.is_empty() { String::new() } else { format!(" <- {}", needs.join(" ")) };
        parts.push(format!("{}: {}{arrow}", names(plan, id), pieces.join(" ")));
    }
    parts.join(" | ")
}

/// The plan of a module must be this.
fn check(source: &str, expected: &str) {
    assert_eq!(compact(&analysis(source).plan), expected, "\n{source}\n");
}
