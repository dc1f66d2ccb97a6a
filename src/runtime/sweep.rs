//! Sweeping: making a complete module plain again.
//!
//! A module is *complete* when its last unit has run; *swept* when its dict is clean, in the order of an eager run, and
//! specialisable; *released* when nothing is remembered of it any more, which for a package may be later ([`trees`]).
//!
//! Sweeping rebuilds the dict, which crashes the interpreter when a lookup in it is in progress. [`sweep`] therefore
//! refuses while any comparison with a key of the module has not returned, and is called only from outside lookups: at the
//! end of an import, from `__dict__`, from `resolve`, and from the interpreter's queue of pending calls
//! ([`sweep_later`]).

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyWeakrefMethods, PyWeakrefReference};

use super::names::key_hook;
use super::state::ModuleState;
use super::sync::lock;
use super::{ffi, module, order, table, trees};

/// States whose last unit has run and whose module waits to be swept.
static FINISHED: Mutex<Vec<Py<ModuleState>>> = Mutex::new(Vec::new());

/// If a module is complete, remembers it and asks the interpreter to sweep it between two instructions. Asked when a unit has
/// run, and when a lookup returns, which may come after it.
pub fn sweep_later(state: &Bound<'_, ModuleState>) {
    let this = state.get();
    if !this.finished() || this.comparing.load(Ordering::Acquire) != 0 || this.plain.load(Ordering::Acquire) {
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
        // bound, so that it is dropped here: PyO3 doesn't count a pending call as attached, and would drop it at some later
        // call of its own
        if let Err(error) = sweep(py, &state.into_bound(py)) {
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
    if !this.finished() || this.importing.load(Ordering::Acquire) != 0 || this.comparing.load(Ordering::Acquire) > 0 {
        return Ok(());
    }
    if this.plain.swap(true, Ordering::AcqRel) || module::is_replaced(state) {
        return Ok(());
    }
    table::take_from_spec(state);
    let dict = this.dict(py);
    key_hook::unwatch_namespace(state)?;
    let complete = trees::end(&this.membership);
    release(py, state)?;
    // watched for the sake of what is below it, and without this state, which holds the whole image
    trees::unwatched(&this.name).iter().try_for_each(|package| module::watch_again(py, package))?;
    if !this.clean.load(Ordering::Acquire)
        && let Some(keys) = order::in_order(this, &dict)?
    {
        rebuild(&dict, &keys)?;
    }
    complete.iter().try_for_each(|package| release(py, package.bind(py)))
}

/// A module is gone: if it was the last pending one of its tree, releases the packages.
///
/// # Errors
/// `MemoryError`.
pub fn release_tree(py: Python<'_>, gone: &trees::Membership) -> PyResult<()> {
    trees::end(gone).iter().try_for_each(|package| release(py, package.bind(py)))
}

/// Forgets a complete module.
fn release(py: Python<'_>, state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    let reference = lock(&this.module).take();
    let Some(reference) = reference else { return Ok(()) };
    let Some(object) = reference.into_bound(py).upgrade() else { return Ok(()) };
    table::forget(&object);
    ffi::module_type::unwatch(&object);
    if this.package {
        trees::released(&this.name, &PyWeakrefReference::new(&object)?);
    }
    Ok(())
}

/// Rebuilds a dict in the given order; afterwards its key table is all-`str`.
fn rebuild(dict: &Bound<'_, PyDict>, order: &[Bound<'_, PyAny>]) -> PyResult<()> {
    let mut items = Vec::with_capacity(order.len());
    for key in order {
        if let Some(value) = dict.get_item(key)? {
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
