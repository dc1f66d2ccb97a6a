//! The analysis is total, deterministic, and its plans keep their invariants, whatever the source.
//!
//! The first byte says how the others become a source: as UTF-8 with replacement characters, or through [`super::grammar`],
//! which makes Python of them; and for which interpreter, as a module or as a package.

use arbitrary::Unstructured;
use atimport::analysis::{Analysis, Input, analyze, explain, invariants, laziness};

use super::grammar;

/// Names that are explained one by one; a module of the fuzzer has few more.
const EXPLAINED: usize = 40;

/// The source that bytes stand for, and for whom it is.
#[must_use]
pub fn source(data: &[u8]) -> Option<(String, (u8, u8), bool)> {
    let (first, rest) = data.split_first()?;
    let version = (3, 11 + (first >> 2) % 5);
    let source = if first & 1 == 0 {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        grammar::module(&mut Unstructured::new(rest)).unwrap_or_default()
    };
    Some((source, version, first & 2 != 0))
}

/// Analyses what the bytes stand for, twice; prints it first when `ATI_SHOW` is set.
///
/// # Panics
/// When a promise about the analysis is broken.
pub fn check(data: &[u8]) {
    let Some((source, version, is_package)) = source(data) else { return };
    if std::env::var_os("ATI_SHOW").is_some() {
        eprintln!("--- for {version:?}, package: {is_package}\n{source}");
    }
    let input = Input { source: &source, module: "p.m", is_package, version, platform: "linux", without: "" };
    match (analyze(&input), analyze(&input)) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.plan, other.plan, "two plans for one source");
            assert_eq!(one.diagnostics, other.diagnostics, "two findings for one source");
            holds(&one, &source);
        }
        (Err(one), Err(other)) => assert_eq!(one, other, "two errors for one source"),
        _ => panic!("only one of two runs ended with a plan"),
    }
}

fn holds(analysis: &Analysis, source: &str) {
    invariants::hold(analysis);
    let plan = &analysis.plan;
    let lines = u32::try_from(source.split(['\n', '\r']).count()).unwrap_or(u32::MAX);
    for statement in &plan.statements {
        assert!(statement.start < statement.end && statement.end as usize <= source.len(), "{statement:?}");
        assert!(statement.first_line <= statement.last_line && statement.last_line <= lines, "{statement:?}");
    }
    assert!(plan.statements.windows(2).all(|pair| pair[0].end <= pair[1].start), "statements overlap");
    for diagnostic in &analysis.diagnostics {
        assert!((1..=lines).contains(&diagnostic.line) && diagnostic.line <= diagnostic.end_line, "{diagnostic:?}");
        assert!(!diagnostic.message.is_empty() && !diagnostic.advice.is_empty(), "{diagnostic:?}");
    }
    let whole = explain(analysis, None).expect("a module is always explained");
    assert_eq!(whole.units.len(), plan.units.len() + 1, "a unit is not explained");
    for name in plan.names.iter().take(EXPLAINED) {
        let explained = explain(analysis, Some(&name.text)).expect("a name of the plan is explained");
        let binds = explained.statements.iter().any(|statement| statement.binds.contains(&name.text));
        assert!(binds || name.unit.is_none(), "touching `{}` runs nothing that binds it", name.text);
    }
    assert!(explain(analysis, Some("no such name")).is_err());
    for cost in &laziness::measure(analysis).deferred {
        assert!(cost.ideal <= cost.runs, "{cost:?}");
    }
}
