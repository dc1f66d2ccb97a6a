//! The registry of this process, and what it says about a module that is about to be executed.
//!
//! Terms: a *guarded target* is a module that some deferred module imports inside a `try`: if it were deferred, its
//! failure would surface after the handler is gone. Of a *checked target* the handler expects nothing but an `ImportError`.
//!
//! How rules come and go is in [`super::rules`]; the pins that are plain data are read by [`super::attribute`], on every
//! decision.

use std::collections::HashSet;
use std::sync::Mutex;

use pyo3::exceptions::PyRuntimeWarning;
use pyo3::prelude::*;

use super::{attribute, seal};
use crate::overrides::{Registry, Ruling, Subject, pattern};
use crate::runtime::aliases::Aliases;
use crate::runtime::context::Imports;
use crate::runtime::interpreter;
use crate::runtime::sync::lock;

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);
static GUARDED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
static CHECKED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// What the rules say about a module before anyone has read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// An importer that expects a failure, or a deep pin on an importer, wants it eager; or the process is sealed.
    EagerForImporter,
    /// A rule wants it eager; deep: and all that it imports.
    Pinned {
        /// A pin that speaks about it is deep.
        deep: bool,
    },
    /// Deferred if it declares so.
    AsDeclared,
    /// Deferred unless its declaration is not valid.
    Assumed,
}

/// Runs `body` with the registry; no Python code may run in it.
pub fn with_registry<T>(body: impl FnOnce(&mut Registry) -> T) -> T {
    body(lock(&REGISTRY).get_or_insert_default())
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
    warnings.iter().try_for_each(|text| warn(py, text))
}

/// Warns of something about rules that can't be understood.
///
/// # Errors
/// When the warning is turned into an error.
pub fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    let text = std::ffi::CString::new(text).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)
}

/// How the loader should treat a module; `path` gives its source path when a rule needs it.
///
/// # Errors
/// What `path` raises; when a warning about a malformed pattern is turned into an error.
pub fn wish(py: Python<'_>, module: &str, path: impl FnOnce() -> PyResult<String>) -> PyResult<Wish> {
    attribute::read(py)?;
    if seal::is_sealed() || Imports::Eager.active() || is_guarded(module) {
        return Ok(Wish::EagerForImporter);
    }
    let path = match with_registry(|registry| registry.asks_for_paths()) {
        true => Some(pattern::canonical(&path()?)),
        false => None,
    };
    let subject = Subject { names: &[module], path: path.as_deref() };
    Ok(with_registry(|registry| match registry.ruling(&subject) {
        Ruling::Eager { deep, .. } => Wish::Pinned { deep },
        Ruling::Assumed(_) => Wish::Assumed,
        Ruling::ByDeclaration => Wish::AsDeclared,
    }))
}

/// Asks the registry about a module by its name: with all names that it has in `sys.modules`, and its source path if a
/// rule needs that and it is given or known.
///
/// # Errors
/// When a warning about a malformed variable or pattern is turned into an error.
pub fn about<T>(
    py: Python<'_>,
    module: &str,
    path: Option<&str>,
    ask: impl FnOnce(&Registry, &Subject<'_>) -> T,
) -> PyResult<T> {
    read_environment(py)?;
    attribute::read(py)?;
    let names = Aliases::of_name(py, module)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let path = match path {
        Some(path) => Some(path.to_owned()),
        None => source_path(py, module)?,
    };
    let path =
        path.filter(|_| with_registry(|registry| registry.asks_for_paths())).map(|path| pattern::canonical(&path));
    Ok(with_registry(|registry| ask(registry, &Subject { names: &names, path: path.as_deref() })))
}

/// The source path of an imported module.
fn source_path(py: Python<'_>, module: &str) -> PyResult<Option<String>> {
    let modules = interpreter::modules(py)?;
    let Ok(object) = modules.get_item(module) else { return Ok(None) };
    // not by attribute access: that may run deferred code
    let Some(dict) = crate::runtime::ffi::raw_dict(&object) else { return Ok(None) };
    Ok(dict.get_item("__file__")?.and_then(|file| file.extract().ok()))
}

/// Whether a module executes eagerly because an importer expects it to fail; then so does all that it imports.
pub fn is_guarded(module: &str) -> bool {
    lock(&GUARDED).as_ref().is_some_and(|guarded| guarded.contains(module))
}

/// Whether what may fail to import runs at once in a module, and in all that it imports, because an importer expects that.
pub fn is_checked(module: &str) -> bool {
    lock(&CHECKED).as_ref().is_some_and(|checked| checked.contains(module))
}

/// Remembers guarded and checked targets.
pub fn guard(guarded: &[String], checked: &[String]) {
    for (targets, all) in [(guarded, &GUARDED), (checked, &CHECKED)] {
        if !targets.is_empty() {
            lock(all).get_or_insert_default().extend(targets.iter().cloned());
        }
    }
}
