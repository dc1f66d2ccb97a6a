//! Asking about and resolving pending names from outside: what `atimport.pending`, `is_deferred` and `resolve` do.
//!
//! A *target* is a module object, a pattern (`pkg`, `pkg.*`, `*`, globs and paths), or a qualified name `pkg.mod.name`.

use pyo3::exceptions::{PyLookupError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyString, PyTuple};

use super::aliases;
use super::order;
use super::resolution::Resolution;
use super::table;
use crate::overrides::{Pattern, pattern};

/// What `atimport.resolve` did.
#[pyclass(frozen, get_all, module = "atimport._native")]
pub struct ResolveReport {
    /// Qualified names that were pending and are resolved now, in the order in which they were taken.
    pub resolved: Py<PyTuple>,
    /// `(qualified name, exception)` for each unit that raised; its names are still pending.
    pub errors: Py<PyTuple>,
}

#[pymethods]
impl ResolveReport {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "ResolveReport(resolved={}, errors={})",
            self.resolved.bind(py).repr()?,
            self.errors.bind(py).repr()?
        ))
    }
}

impl ResolveReport {
    /// The report of a resolution that has ended.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new(py: Python<'_>, done: Resolution) -> PyResult<Self> {
        let errors = done.errors.into_iter().map(|(name, error)| (name, error.into_value(py)));
        Ok(Self {
            resolved: PyTuple::new(py, done.resolved)?.unbind(),
            errors: PyTuple::new(py, errors.collect::<Vec<_>>())?.unbind(),
        })
    }
}

/// Whether any name of a module is pending.
pub fn is_deferred(module: &Bound<'_, PyModule>) -> bool {
    table::find(module).is_some_and(|state| !state.get().pending().is_empty())
}

/// Pending names of a module, in the order in which an eager run binds them.
pub fn pending(module: &Bound<'_, PyModule>) -> Vec<String> {
    table::find(module).map_or_else(Vec::new, |state| {
        let this = state.get();
        let mut names = this.pending();
        if !this.forwards.is_empty() {
            // which stand among the others, as star imports do
            let places = order::places(this);
            names.sort_by_key(|name| places.get(this.text(*name)).copied());
        }
        names.into_iter().map(|name| this.text(name).to_owned()).collect()
    })
}

/// Resolves a target; `lazy`: and the lazy objects of `lazy import` in modules that match a pattern.
///
/// # Errors
/// `LookupError` when it matches no imported module and no name of one, `ValueError` when it is a malformed pattern,
/// `TypeError` when it is neither a string nor a module; errors of deferred code are in the report.
pub fn resolve_target(target: &Bound<'_, PyAny>, lazy: bool) -> PyResult<ResolveReport> {
    let py = target.py();
    let mut work = Resolution::default();
    work.without_lazy = !lazy;
    if let Ok(object) = target.cast::<PyModule>() {
        if let Some(state) = table::find(object) {
            work.module(&state)?;
        }
        return ResolveReport::new(py, work);
    }
    let Ok(text) = target.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!(
            "resolve() takes a module or a string, not {}",
            target.get_type().qualname()?
        )));
    };
    let text = text.to_str()?;
    let meant = Pattern::parse(text)?;
    let modules = aliases::modules(py)?;
    let is_known = meant.scope() == pattern::Scope::Path || modules.iter().any(|(name, _)| meant.matches(name));
    if is_known {
        work.matching(py, &|names, path, _| {
            names.iter().any(|name| meant.matches(name)) || path.is_some_and(|path| meant.matches_source(path))
        })?;
        return ResolveReport::new(py, work);
    }
    let named = text.rsplit_once('.').and_then(|(parent, name)| {
        modules.iter().find(|(module, _)| module == parent).map(|(_, object)| (object, name))
    });
    let Some((object, name)) = named else {
        return Err(PyLookupError::new_err(format!(
            "'{text}' matches no imported module and no name of one; import the module first, or check the spelling"
        )));
    };
    match table::find(object) {
        Some(state) if state.get().position_or_forward(name).is_some() => work.name(&state, name)?,
        _ if object.hasattr(name)? => {}
        _ => {
            return Err(PyLookupError::new_err(format!(
                "module {} has no name {name:?}",
                object.getattr(intern!(py, "__name__"))?
            )));
        }
    }
    ResolveReport::new(py, work)
}
