//! What the running interpreter makes of a file before there is a plan: all that only needs to know where its statements stand.
//!
//! The statements come from another parser, so they are compared with CPython's first: another count or another position
//! means that the module is not split.
//!
//! ```python
//! from __future__ import annotations      # flags: also for the code of units
//! import os                               # scope: `os` is bound by an import
//! def f(x): return os.path.join(x, "y")   # bodies: the code of `f`
//! ```
//!
//! Separate from [`super::compile`] because the analysis goes on meanwhile: [`super::beside`].

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::bodies::{self, Bodies};
use super::capture::Captured;
use super::compile::{ONLY_AST, compile};
use super::module_scope::ModuleScope;
use crate::analysis::apart;
use crate::analysis::plan::Statement;

/// `CO_FUTURE_ANNOTATIONS`, Include/cpython/code.h.
pub const FUTURE_ANNOTATIONS: u32 = 0x0100_0000;
/// `CO_FUTURE_BARRY_AS_BDFL`.
const FUTURE_BARRY: u32 = 0x0040_0000;

/// A file that the interpreter has read.
pub struct Outline<'py> {
    /// Its statements as syntax trees; where a body stands apart, of the head alone.
    pub body: Bound<'py, PyList>,
    /// `from __future__` flags of the file.
    pub flags: u32,
    pub scope: ModuleScope,
    pub bodies: Bodies<'py>,
}

impl<'py> Outline<'py> {
    /// Of a source (`text` is the same, decoded); `Ok(Err(reason))` when the interpreter and the analysis disagree about it.
    ///
    /// # Errors
    /// What `compile` raises: the caller lets plain Python raise its own.
    pub fn of(
        captured: &Captured,
        source: &Bound<'py, PyAny>,
        text: &str,
        path: &Bound<'py, PyAny>,
        module: &str,
        statements: &[Statement],
    ) -> PyResult<Result<Self, String>> {
        let py = source.py();
        let texts = apart::texts(text, statements);
        let heads = texts.as_ref().map(|texts| PyString::new(py, &texts.heads).into_any());
        let tree = compile(captured, heads.as_ref().unwrap_or(source), path, module, ONLY_AST)?;
        let body = tree.getattr(intern!(py, "body"))?.cast_into::<PyList>()?;
        if let Some(reason) = disagreement(&body, statements)? {
            return Ok(Err(reason));
        }
        bodies::lengthen(text, &body, statements)?;
        let scope = ModuleScope::of(captured, &body)?;
        let flags = future_flags(&body)?;
        let bodies = match texts {
            Some(texts) => {
                let code = compile(captured, &bodies::source(py, texts, &scope.imported), path, module, flags)?;
                match Bodies::of(&code, statements)? {
                    Ok(bodies) => bodies,
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            None => Bodies::default(),
        };
        Ok(Ok(Self { body, flags, scope, bodies }))
    }
}

/// Says where CPython's statements differ from the analysis's.
fn disagreement(body: &Bound<'_, PyList>, statements: &[Statement]) -> PyResult<Option<String>> {
    let py = body.py();
    if body.len() != statements.len() {
        return Ok(Some(format!(
            "CPython sees {} top-level statements, the analysis {}",
            body.len(),
            statements.len()
        )));
    }
    for (node, statement) in body.iter().zip(statements) {
        let mut first: u32 = node.getattr(intern!(py, "lineno"))?.extract()?;
        let last: u32 = node.getattr(intern!(py, "end_lineno"))?.extract()?;
        if let Ok(decorators) = node.getattr(intern!(py, "decorator_list"))
            && let Ok(decorator) = decorators.get_item(0)
        {
            first = first.min(decorator.getattr(intern!(py, "lineno"))?.extract()?);
        }
        // a decorator's own position starts behind its `@`, which may stand on an earlier line
        if first < statement.first_line
            || first > statement.last_line
            || (last != statement.last_line && statement.body.is_none())
            || last > statement.last_line
        {
            return Ok(Some(format!(
                "CPython sees a statement on lines {first}-{last} where the analysis sees {}-{}",
                statement.first_line, statement.last_line
            )));
        }
    }
    Ok(None)
}

/// Compiler flags of the file's `from __future__` imports: only those that still change the compiler's output, because
/// passing others sets bits in `co_flags` that plain source does not.
fn future_flags(body: &Bound<'_, PyList>) -> PyResult<u32> {
    let py = body.py();
    let mut flags = 0;
    for node in body.iter() {
        if node.get_type().name()? != "ImportFrom"
            || node.getattr(intern!(py, "module"))?.extract::<Option<String>>()?.as_deref() != Some("__future__")
        {
            continue;
        }
        for alias in node.getattr(intern!(py, "names"))?.try_iter()? {
            match alias?.getattr(intern!(py, "name"))?.extract::<String>()?.as_str() {
                "annotations" => flags |= FUTURE_ANNOTATIONS,
                "barry_as_FLUFL" => flags |= FUTURE_BARRY,
                _ => {}
            }
        }
    }
    Ok(flags)
}
