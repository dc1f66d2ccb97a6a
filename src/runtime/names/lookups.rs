//! Lookups in progress: those that have come upon a pending name and have not returned yet.
//!
//! While there is one, the module's dict must not be rebuilt, and hooks must stay alive. Afterwards a module that is complete
//! may be swept.
//!
//! ```python
//! m.value      # in progress from the moment on at which the hook is asked until its unit has run
//! ```

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use super::super::state::ModuleState;
use super::super::sweep;

thread_local! {
    /// Lookups of this thread: the state, by its address, and the name whose key is being compared.
    static THREAD: RefCell<Vec<(usize, Option<u32>)>> = const { RefCell::new(Vec::new()) };
}

/// One lookup in progress, while it lives.
pub struct InProgress<'a, 'py> {
    state: &'a Bound<'py, ModuleState>,
    name: Option<u32>,
}

impl<'a, 'py> InProgress<'a, 'py> {
    /// The calling thread looks something up; `name`: whose key it compares, if it compares one.
    pub fn begin(state: &'a Bound<'py, ModuleState>, name: Option<u32>) -> Self {
        THREAD.with_borrow_mut(|all| all.push((state.as_ptr() as usize, name)));
        count(state.get(), name, 1);
        Self { state, name }
    }
}

impl Drop for InProgress<'_, '_> {
    fn drop(&mut self) {
        THREAD.with_borrow_mut(Vec::pop);
        count(self.state.get(), self.name, -1);
        sweep::sweep_later(self.state);
    }
}

fn count(state: &ModuleState, name: Option<u32>, change: isize) {
    state.comparing.fetch_add(change, Ordering::AcqRel);
    if let Some(name) = name {
        state.with_slot(name, |slot| slot.comparing += change);
    }
}

/// In a child process: only the lookups of this thread will return.
pub fn forked(state: &Bound<'_, ModuleState>) {
    let this = state.get();
    this.comparing.store(0, Ordering::Release);
    for name in 0..this.count() {
        this.with_slot(name, |slot| slot.comparing = 0);
    }
    let address = state.as_ptr() as usize;
    THREAD.with_borrow(|all| {
        all.iter().filter(|(state, _)| *state == address).for_each(|(_, name)| count(this, *name, 1));
    });
}
