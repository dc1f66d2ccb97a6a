//! What a file's statements say about its scope as a whole, wherever they stand: also inside compound statements, and in
//! branches that never run.
//!
//! ```python
//! try:
//!     import fast            # binds a name of the module
//! except ImportError:
//!     fast: bool = False     # annotates one: the module has annotations, from its first line on
//! ```

use std::collections::BTreeSet;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::capture::Captured;
use super::nodes::Nodes;

/// What the compiler takes from the file as a whole, also from inside compound statements and from dead branches.
pub struct ModuleScope {
    /// Names that imports bind (what the symbol table would mark `DEF_IMPORT` at the top).
    pub imported: Vec<String>,
    /// An annotation occurs (`find_ann`, Python/compile.c).
    pub annotated: bool,
}

impl ModuleScope {
    /// Of the statements of a file.
    ///
    /// # Errors
    /// What reading the attributes of nodes raises: never in practice.
    pub fn of(captured: &Captured, body: &Bound<'_, PyList>) -> PyResult<Self> {
        let py = body.py();
        let mut annotated = false;
        let mut found = BTreeSet::new();
        let mut work: Vec<Bound<'_, PyAny>> = body.iter().collect();
        while let Some(node) = work.pop() {
            let kind = node.get_type().name()?;
            match kind.to_str()? {
                "Import" | "ImportFrom" => {
                    for alias in node.getattr(intern!(py, "names"))?.try_iter()? {
                        let alias = alias?;
                        let bound: Option<String> = alias.getattr(intern!(py, "asname"))?.extract()?;
                        let name: String = alias.getattr(intern!(py, "name"))?.extract()?;
                        let bound = bound.unwrap_or_else(|| name.split('.').next().unwrap_or_default().to_owned());
                        if bound != "*" {
                            found.insert(bound);
                        }
                    }
                }
                "AnnAssign" => annotated = true,
                _ => work.extend(inside(captured, &node)?),
            }
        }
        Ok(Self { imported: found.into_iter().collect(), annotated })
    }
}

/// The statements inside a compound statement that are of the same scope, with what stands between.
///
/// # Errors
/// As [`ModuleScope::of`].
pub fn inside<'py>(captured: &Captured, node: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    const COMPOUND: [&str; 9] =
        ["If", "For", "While", "Try", "TryStar", "With", "Match", "ExceptHandler", "match_case"];
    let py = node.py();
    let mut found = Vec::new();
    if !COMPOUND.contains(&node.get_type().name()?.to_str()?) {
        return Ok(found);
    }
    let statement = Nodes::get(captured, py)?.statement.bind(py);
    for field in ["body", "orelse", "finalbody", "handlers", "cases"] {
        let Ok(children) = node.getattr(field) else { continue };
        for child in children.try_iter()? {
            let child = child?;
            let name = child.get_type().name()?;
            if child.is_instance(statement)? || name == "ExceptHandler" || name == "match_case" {
                found.push(child);
            }
        }
    }
    Ok(found)
}

/// Whether a name of the module is annotated in a statement.
///
/// # Errors
/// As [`ModuleScope::of`].
pub fn annotates(captured: &Captured, node: &Bound<'_, PyAny>) -> PyResult<bool> {
    any_of_scope(captured, node, |node| Ok(node.get_type().name()? == "AnnAssign"))
}

/// Whether something holds for a statement, or for one inside it that is of the same scope.
///
/// # Errors
/// As [`ModuleScope::of`]; what `holds` returns.
pub fn any_of_scope(
    captured: &Captured,
    node: &Bound<'_, PyAny>,
    holds: impl Fn(&Bound<'_, PyAny>) -> PyResult<bool>,
) -> PyResult<bool> {
    let mut work = vec![node.clone()];
    while let Some(node) = work.pop() {
        if holds(&node)? {
            return Ok(true);
        }
        work.extend(inside(captured, &node)?);
    }
    Ok(false)
}
