//! Asking about and resolving pending names from outside: what `atimport.pending`, `is_deferred` and `resolve` do.
//!
//! A *target* is a module object, a pattern over module names (`pkg`, `pkg.*`, `*`), or a qualified name `pkg.mod.name`.
//! Resolving goes on until nothing in the target is pending (deferred code may import more of it), and collects errors
//! instead of stopping at the first.

use std::collections::BTreeSet;

use pyo3::exceptions::{PyLookupError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyTuple};

use super::state::ModuleState;
use super::{module, resolve, sweep};
use crate::overrides::Pattern;

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

/// Whether any name of a module is pending.
pub fn is_deferred(module: &Bound<'_, PyModule>) -> bool {
    module::find(module).is_some_and(|state| !state.get().pending().is_empty())
}

/// Pending names of a module, in the order in which an eager run binds them.
pub fn pending(module: &Bound<'_, PyModule>) -> Vec<String> {
    module::find(module).map_or_else(Vec::new, |state| {
        let this = state.get();
        this.pending().into_iter().map(|name| this.text(name).to_owned()).collect()
    })
}

/// Resolves a target.
///
/// # Errors
/// `LookupError` when it matches no imported module and no name of one, `ValueError` when it is a malformed pattern,
/// `TypeError` when it is neither a string nor a module; errors of deferred code are in the report.
pub fn resolve_target(target: &Bound<'_, PyAny>) -> PyResult<ResolveReport> {
    let py = target.py();
    let mut work = Work { resolved: Vec::new(), errors: Vec::new(), failed: BTreeSet::new() };
    if let Ok(object) = target.cast::<PyModule>() {
        if let Some(state) = module::find(object) {
            work.module(&state)?;
        }
        return work.report(py);
    }
    let Ok(text) = target.cast::<PyString>() else {
        return Err(PyTypeError::new_err(format!(
            "resolve() takes a module or a string, not {}",
            target.get_type().qualname()?
        )));
    };
    let text = text.to_str()?;
    let pattern = Pattern::parse(text)?;
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?.cast_into::<PyDict>()?;
    let known = modules.keys().iter().any(|name| name.extract::<String>().is_ok_and(|name| pattern.matches(&name)));
    if !known {
        let named = text.rsplit_once('.').and_then(|(parent, name)| Some((modules.get_item(parent).ok()??, name)));
        let Some((object, name)) = named else {
            return Err(PyLookupError::new_err(format!(
                "{text} matches no imported module and no name of one; import the module first, or check the spelling",
                text = Quoted(text)
            )));
        };
        match module::find(&object) {
            Some(state) if state.get().position(name).is_some() => work.name(&state, name)?,
            _ if object.hasattr(name)? => {}
            _ => {
                return Err(PyLookupError::new_err(format!(
                    "module {} has no name {name:?}",
                    object.getattr(intern!(py, "__name__"))?
                )));
            }
        }
        return work.report(py);
    }
    loop {
        let before = work.resolved.len() + work.errors.len();
        for state in module::all(py) {
            if pattern.matches(&state.get().name) {
                work.module(&state)?;
            }
        }
        if work.resolved.len() + work.errors.len() == before {
            return work.report(py);
        }
    }
}

/// A string as Python's `repr` shows it, for messages.
struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "'{}'", self.0)
    }
}

/// A resolution under way.
struct Work {
    resolved: Vec<String>,
    errors: Vec<(String, PyErr)>,
    /// Qualified names whose units raised: not tried again in this resolution.
    failed: BTreeSet<String>,
}

impl Work {
    fn module(&mut self, state: &Bound<'_, ModuleState>) -> PyResult<()> {
        let this = state.get();
        let mut names = this.pending();
        names.retain(|name| !self.failed.contains(&qualified(this, *name)));
        for name in names {
            self.one(state, name)?;
        }
        sweep::sweep(state.py(), state)
    }

    fn name(&mut self, state: &Bound<'_, ModuleState>, name: &str) -> PyResult<()> {
        let this = state.get();
        if let Some(name) = this.position(name)
            && this.pending().contains(&name)
        {
            self.one(state, name)?;
        }
        sweep::sweep(state.py(), state)
    }

    fn one(&mut self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
        let this = state.get();
        let Some(unit) = this.image.names[name as usize].unit else { return Ok(()) };
        match resolve::resolve_unit(state, unit, name) {
            Ok(_) => self.resolved.push(qualified(this, name)),
            Err(error) if error.is_instance_of::<pyo3::exceptions::PyKeyboardInterrupt>(state.py()) => {
                return Err(error);
            }
            Err(error) => {
                let name = qualified(this, name);
                self.failed.insert(name.clone());
                self.errors.push((name, error));
            }
        }
        Ok(())
    }

    fn report(self, py: Python<'_>) -> PyResult<ResolveReport> {
        let errors = self.errors.into_iter().map(|(name, error)| (name, error.into_value(py)));
        Ok(ResolveReport {
            resolved: PyTuple::new(py, self.resolved)?.unbind(),
            errors: PyTuple::new(py, errors.collect::<Vec<_>>())?.unbind(),
        })
    }
}

fn qualified(state: &ModuleState, name: u32) -> String {
    format!("{}.{}", state.name, state.text(name))
}
