//! The registry of this process, and the modules that must run eagerly because somebody expects them to fail.
//!
//! Terms: a *guarded target* is a module that some deferred module imports inside a `try`: if it were deferred, its
//! failure would surface after the handler is gone.

use std::collections::HashSet;
use std::sync::Mutex;

use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;

use crate::overrides::{Decision, Declared, Pattern, Registry, Ruling};
use crate::runtime::resolve::GuardedImports;
use crate::runtime::sync::lock;

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);
static GUARDED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// What the rules say about a module before anyone has read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A rule, or an importer that expects a failure, wants it eager.
    Eager,
    /// Deferred if it declares so.
    AsDeclared,
    /// Deferred unless its declaration is not valid.
    Assumed,
}

/// Reads the environment's rules, once a process.
///
/// # Errors
/// When a warning about a malformed variable is turned into an error.
pub fn read_environment(py: Python<'_>) -> PyResult<()> {
    if lock(&REGISTRY).is_some() {
        return Ok(());
    }
    let (registry, warnings) =
        Registry::from_environment(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()));
    *lock(&REGISTRY) = Some(registry);
    for text in warnings {
        let text = std::ffi::CString::new(text).unwrap_or_default();
        PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)?;
    }
    Ok(())
}

/// Adds a pin.
///
/// # Errors
/// `ValueError` for a malformed pattern.
pub fn pin_eager(py: Python<'_>, pattern: &str, reason: &str) -> PyResult<()> {
    let pattern = Pattern::parse(pattern)?;
    read_environment(py)?;
    lock(&REGISTRY).get_or_insert_default().pin_eager(pattern, (!reason.is_empty()).then(|| reason.to_owned()));
    Ok(())
}

/// Adds an assumption.
///
/// # Errors
/// `ValueError` for a malformed pattern.
pub fn assume_deferred(py: Python<'_>, pattern: &str, reason: &str) -> PyResult<()> {
    let pattern = Pattern::parse(pattern)?;
    read_environment(py)?;
    lock(&REGISTRY).get_or_insert_default().assume_deferred(pattern, (!reason.is_empty()).then(|| reason.to_owned()));
    Ok(())
}

/// What the rules say about a name whose module has not been looked at.
///
/// # Errors
/// When a warning about a malformed variable is turned into an error.
pub fn decide(py: Python<'_>, module: &str) -> PyResult<Decision> {
    read_environment(py)?;
    Ok(lock(&REGISTRY).get_or_insert_default().decide(module, Declared::Unknown))
}

/// How the loader should treat a module.
pub fn wish(module: &str) -> Wish {
    if GuardedImports::active() || lock(&GUARDED).as_ref().is_some_and(|guarded| guarded.contains(module)) {
        return Wish::Eager;
    }
    match lock(&REGISTRY).get_or_insert_default().ruling(module) {
        Ruling::Eager(_) => Wish::Eager,
        Ruling::Assumed(_) => Wish::Assumed,
        Ruling::ByDeclaration => Wish::AsDeclared,
    }
}

/// Whether a module executes eagerly because an importer expects it to fail; then so does all that it imports.
pub fn is_guarded(module: &str) -> bool {
    lock(&GUARDED).as_ref().is_some_and(|guarded| guarded.contains(module))
}

/// Remembers guarded targets.
pub fn guard(targets: &[String]) {
    if !targets.is_empty() {
        lock(&GUARDED).get_or_insert_default().extend(targets.iter().cloned());
    }
}
