//! Forks: what a child process inherits of threads that it does not have.
//!
//! A child has one thread, the one that forked. Units that others were running are pending again, and what these had bound is
//! gone; no lock of ours is held ([`sync::forked`]).
//!
//! A module lock of importlib that a gone thread held would be held for ever, and its module would stay half imported, as in
//! plain Python. There, imports are mostly over before a program starts threads; here, it is the touch in a thread that
//! imports. So where the gone thread was running a unit of ours, the modules that it was importing are imported afresh.
//!
//! ```python
//! # a thread touches m.np, which imports numpy; os.fork() meanwhile; the child touches m.np: it imports numpy
//! ```

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use super::names::lookups;
use super::state::ModuleState;
use super::sync::{self, Status, current_thread, lock};
use super::waits::Thread;
use super::{module, table};

/// Asks the interpreter to tell children that they are, once; nothing where there is no `fork`.
///
/// # Errors
/// What `os.register_at_fork` raises.
pub fn watch(py: Python<'_>) -> PyResult<()> {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    let Ok(register) = py.import(intern!(py, "os")).and_then(|os| os.getattr(intern!(py, "register_at_fork"))) else {
        return Ok(());
    };
    if WATCHED.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let hook = PyCFunction::new_closure(py, None, None, |arguments, _| forked(arguments.py()))?;
    let options = PyDict::new(py);
    options.set_item(intern!(py, "after_in_child"), hook)?;
    register.call((), Some(&options)).map(drop)
}

/// Puts a child process in order.
fn forked(py: Python<'_>) -> PyResult<()> {
    sync::forked();
    let me = current_thread(py)?;
    let mut gone = BTreeSet::new();
    for state in table::all(py) {
        gone.extend(abandon(&state, me)?);
    }
    if gone.is_empty() { Ok(()) } else { abandon_imports(py, &gone) }
}

/// Takes back what threads that are gone were doing to a module; returns those that were running units of it.
fn abandon(state: &Bound<'_, ModuleState>, me: Thread) -> PyResult<Vec<Thread>> {
    let this = state.get();
    lookups::forked(state);
    let importing = this.importing.load(Ordering::Acquire);
    if importing != me {
        // numbers of threads are used again, and a later thread must not pass for the one that was importing
        this.importing.store(0, Ordering::Release);
    }
    let abandoned = this.claims.running_elsewhere(me);
    for &(unit, _) in &abandoned {
        lock(&this.repeating).remove(&unit);
        // to its owner, a look at the names of the unit does not run it
        this.claims.inherit(unit, me);
        let rolled_back = this.backend().hooks().roll_back(state, unit);
        sync::release(&this.claims, unit, Status::Pending);
        module::unit_ended(state);
        rolled_back?;
    }
    Ok(abandoned.into_iter().map(|(_, thread)| thread).collect())
}

/// Forgets the module locks that gone threads hold (`importlib._bootstrap._module_locks`, which makes another when it is
/// asked), and the modules that they were importing.
fn abandon_imports(py: Python<'_>, gone: &BTreeSet<Thread>) -> PyResult<()> {
    let bootstrap = py.import(intern!(py, "_frozen_importlib"))?;
    let locks = bootstrap.getattr(intern!(py, "_module_locks"))?.cast_into::<PyDict>()?;
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    for (name, reference) in locks.copy()? {
        let lock = reference.call0()?;
        if lock.is_none() {
            continue;
        }
        let owner: Option<Thread> = lock.getattr(intern!(py, "owner"))?.extract()?;
        if owner.is_none_or(|owner| !gone.contains(&owner)) {
            continue;
        }
        locks.del_item(&name)?;
        let Ok(half) = modules.get_item(&name) else { continue };
        let initializing =
            half.getattr(intern!(py, "__spec__")).and_then(|spec| spec.getattr(intern!(py, "_initializing")));
        if initializing.and_then(|answer| answer.is_truthy()).unwrap_or(false) {
            modules.del_item(&name)?;
        }
    }
    Ok(())
}
