//! `atimport.explain`: the analysis as Python objects.

use pyo3::exceptions::{PyLookupError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::capture::captured;
use crate::analysis::plan::{Declaration, Plan, Statement, Unit};
use crate::analysis::{self, Input};

/// Which lines run for a name, and why.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct Explanation {
    /// `"none"`, `"__at_import__ = None"`, `"hook"` or `"invalid (line N): …"`.
    pub declaration: String,
    /// The name asked about.
    pub name: Option<String>,
    /// The statements, in the order in which they run.
    pub statements: Py<PyTuple>,
    /// What in the module relies on running at import, or keeps statements together.
    pub diagnostics: Py<PyTuple>,
}

/// One statement of an explanation.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct ExplainedStatement {
    /// First line, 1-based.
    pub first_line: u32,
    /// Last line, 1-based.
    pub last_line: u32,
    /// The statement's unit; `None` when it runs at import.
    pub unit: Option<u32>,
    /// Names that it binds.
    pub names: Py<PyTuple>,
    /// Why it is here, as a clause.
    pub reason: String,
    /// It runs at import.
    pub at_import: bool,
}

/// Something an author should know about a statement.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct Diagnostic {
    /// For instance `"ATI101"`.
    pub code: &'static str,
    /// First line, 1-based.
    pub line: u32,
    /// Last line, 1-based.
    pub end_line: u32,
    /// What.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

/// Explains a module's source.
///
/// # Errors
/// `ValueError` when the source can't be parsed, `LookupError` when no such name is bound.
pub fn explain(
    py: Python<'_>,
    source: &str,
    path: &str,
    module: &str,
    is_package: bool,
    name: Option<String>,
) -> PyResult<Explanation> {
    let captured = captured(py)?;
    let input = Input {
        source: source.strip_prefix('\u{feff}').unwrap_or(source),
        module,
        is_package,
        version: captured.version,
        platform: &captured.platform,
        without: "",
    };
    let analysis = analysis::analyze(&input).map_err(|error| PyValueError::new_err(format!("{path}: {error}")))?;
    let explanation = analysis::explain(&analysis, name.as_deref())
        .map_err(|error| PyLookupError::new_err(format!("{path}: {error}")))?;
    let declaration = match &analysis.plan.declaration {
        Declaration::Absent => "none".to_owned(),
        Declaration::Nothing => "__at_import__ = None".to_owned(),
        Declaration::Hook { .. } => "hook".to_owned(),
        Declaration::Invalid { line, reason } => format!("invalid (line {line}): __at_import__ {reason}"),
    };
    // for a name: what runs when it is touched; for the module: everything, unit by unit
    let listed = match name {
        Some(_) => explanation.statements,
        None => explanation.units.into_iter().flat_map(|unit| unit.statements).collect(),
    };
    let statements = listed.into_iter().map(|statement| {
        let unit = unit_at(&analysis.plan, statement.first_line, statement.last_line);
        Py::new(
            py,
            ExplainedStatement {
                first_line: statement.first_line,
                last_line: statement.last_line,
                unit,
                names: PyTuple::new(py, statement.binds)?.unbind(),
                reason: statement.reason,
                at_import: unit.is_none(),
            },
        )
    });
    let diagnostics = analysis.diagnostics.iter().map(|diagnostic| {
        Py::new(
            py,
            Diagnostic {
                code: diagnostic.code,
                line: diagnostic.line,
                end_line: diagnostic.end_line,
                message: diagnostic.message.clone(),
                advice: diagnostic.advice.to_owned(),
            },
        )
    });
    let statements = PyTuple::new(py, statements.collect::<PyResult<Vec<_>>>()?)?.unbind();
    let diagnostics = PyTuple::new(py, diagnostics.collect::<PyResult<Vec<_>>>()?)?.unbind();
    Ok(Explanation { declaration, name, statements, diagnostics })
}

/// The unit that runs the statement on these lines; `None` for the prelude.
fn unit_at(plan: &Plan, first_line: u32, last_line: u32) -> Option<u32> {
    let on_lines = |statement: &Statement| (statement.first_line, statement.last_line) == (first_line, last_line);
    let statement = plan.statements.iter().position(on_lines)?;
    let runs = |unit: &Unit| unit.pieces.iter().any(|piece| piece.statement.index() == statement);
    plan.units.iter().position(runs).and_then(|unit| u32::try_from(unit).ok())
}
