//! Sweeping: making a complete module plain again.
//!
//! A module is *complete* when its last unit has run; *swept* when its class is `ModuleType` again and its dict is clean, in
//! the order of an eager run, and specialisable.
//!
//! Sweeping rebuilds the dict, which crashes the interpreter when a lookup in it is in progress. [`sweep`] therefore
//! refuses while any comparison with a key of the module has not returned, and is called only from outside lookups: at the
//! end of an import, from `__dict__`, from `resolve`, and from the interpreter's queue of pending calls
//! ([`sweep_later`]).

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyWeakrefMethods};

use super::names::key_hook;
use super::state::ModuleState;
use super::sync::lock;
use super::{ffi, module};

/// States whose last unit has run and whose module waits to be swept.
static FINISHED: Mutex<Vec<Py<ModuleState>>> = Mutex::new(Vec::new());

/// Remembers that a module is complete and asks the interpreter to sweep it between two instructions.
pub fn sweep_later(state: &Bound<'_, ModuleState>) {
    if state.get().plain.load(Ordering::Acquire) {
        return;
    }
    let mut finished = lock(&FINISHED);
    if !finished.iter().any(|other| other.is(state)) {
        finished.push(state.clone().unbind());
    }
    drop(finished);
    // when the queue is full, the next module that completes asks again
    ffi::schedule_sweep();
}

/// Sweeps what [`sweep_later`] remembered; runs between two instructions of the main thread.
pub fn sweep_finished(py: Python<'_>) {
    let finished = std::mem::take(&mut *lock(&FINISHED));
    for state in finished {
        if let Err(error) = sweep(py, state.bind(py)) {
            error.write_unraisable(py, None);
        }
    }
}

/// Makes a complete module plain again. Does nothing while names are pending or a lookup is in progress.
///
/// # Errors
/// `MemoryError`.
pub fn sweep(py: Python<'_>, state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    if !this.claims.finished()
        || this.importing.load(Ordering::Acquire) != 0
        || this.comparing.load(Ordering::Acquire) > 0
    {
        return Ok(());
    }
    if this.plain.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let dict = this.dict(py);
    key_hook::unwatch_namespace(state)?;
    let reference = lock(&this.module).take();
    if let Some(object) = reference.and_then(|reference| reference.bind(py).upgrade()) {
        module::forget(&dict);
        if ffi::module_type::is(&object) {
            ffi::set_attribute(&object, intern!(py, "__class__"), &py.get_type::<PyModule>())?;
        }
    }
    reorder(&dict, &lock(&this.order))
}

/// Rebuilds a dict in the given order, keys that the order does not name last; afterwards its key table is all-`str`.
fn reorder(dict: &Bound<'_, PyDict>, order: &[Py<PyString>]) -> PyResult<()> {
    let py = dict.py();
    let mut items = Vec::with_capacity(dict.len());
    let known = PyDict::new(py);
    for key in order {
        let key = key.bind(py);
        if let Some(value) = dict.get_item(key)? {
            known.set_item(key, py.None())?;
            items.push((key.clone().into_any(), value));
        }
    }
    for (key, value) in dict.iter() {
        if !known.contains(&key)? {
            items.push((key, value));
        }
    }
    // no Python code runs from here on: every value is kept alive by `items`, every key is a plain string
    dict.clear();
    for (key, value) in &items {
        dict.set_item(key, value)?;
    }
    Ok(())
}
