//! What happened to deferred modules: counts that outlive them.
//!
//! A module's state goes away when its last name is resolved; tools, tests and the demo still want to say how many of its
//! units ran. One entry a module name; importing a name again starts its entry afresh.

use std::collections::BTreeMap;
use std::sync::Mutex;

use pyo3::prelude::*;

use super::sync::lock;

static COUNTS: Mutex<BTreeMap<String, Counts>> = Mutex::new(BTreeMap::new());

/// How much of a deferred module has run.
#[pyclass(frozen, get_all, module = "atimport._native")]
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Units of the plan.
    pub units: usize,
    /// Units that have run to their end.
    pub units_run: usize,
    /// Module-level names of the plan.
    pub names: usize,
    /// Names that were pending when the import ended.
    pub pending: usize,
    /// The back end that notices touches, or was the last that did: `"key"`, `"lazy"` or `"code"`.
    pub backend: &'static str,
}

#[pymethods]
impl Counts {
    fn __repr__(&self) -> String {
        format!(
            "Counts(units={}, units_run={}, names={}, pending={}, backend={:?})",
            self.units, self.units_run, self.names, self.pending, self.backend
        )
    }
}

/// Starts the entry of a module that is about to run its prelude.
pub fn started(module: &str, counts: Counts) {
    lock(&COUNTS).insert(module.to_owned(), counts);
}

/// Completes the entry of a module whose import has ended with `pending` names pending.
pub fn imported(module: &str, pending: usize) {
    if let Some(counts) = lock(&COUNTS).get_mut(module) {
        counts.pending = pending;
    }
}

/// Counts a unit that has run to its end.
pub fn unit_run(module: &str) {
    if let Some(counts) = lock(&COUNTS).get_mut(module) {
        counts.units_run += 1;
    }
}

/// The module's names are hooked in another way.
pub fn hooked(module: &str, backend: &'static str) {
    if let Some(counts) = lock(&COUNTS).get_mut(module) {
        counts.backend = backend;
    }
}

/// A snapshot of all entries, by module name.
pub fn counts() -> BTreeMap<String, Counts> {
    lock(&COUNTS).clone()
}
