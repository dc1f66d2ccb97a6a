//! A module that is executed again, as `importlib.reload` does, while names of its former execution are pending.
//!
//! An eager module has run all of its former source by then, and the new execution runs on top of it: names that the new
//! source doesn't bind stay, and statements may look at what was there (`try: cache` / `except NameError: cache = {}`). So
//! what is pending runs first, and only then does the new execution make its names pending.
//!
//! ```python
//! importlib.reload(m)     # runs what the old source left pending; the new names are pending
//! m.cache                 # the statement finds the old `cache`
//! ```
//!
//! What raises then would have failed the first import, so there is no eager run to compare with: such a name goes, as if
//! its statement had never been there, because it must not run after the new source.

use pyo3::prelude::*;

use super::resolution::Resolution;
use super::sweep;
use super::sync::current_thread;
use super::table;

/// Whether code of the module's former execution is running on this thread: it asks for its own reload.
///
/// # Errors
/// Never in practice; what reading the thread's identifier raises.
pub fn asks_for_itself(module: &Bound<'_, PyAny>) -> PyResult<bool> {
    let me = current_thread(module.py())?;
    Ok(table::find(module).is_some_and(|state| state.get().active_on(me)))
}

/// Ends the former execution of a module that is about to be executed, if it has one with pending names.
///
/// # Errors
/// `KeyboardInterrupt`; `MemoryError`.
pub fn retire(module: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(state) = table::find(module) else { return Ok(()) };
    let this = state.get();
    Resolution::default().module(&state)?;
    if this.active_on(current_thread(module.py())?) {
        return Ok(());
    }
    let dict = this.dict(module.py());
    for name in this.pending() {
        let previous = this.with_slot(name, |slot| slot.previous.take());
        this.backend().hooks().withdraw(&state, name)?;
        if let Some(previous) = previous {
            dict.set_item(this.text(name), previous)?;
        }
    }
    this.claims.give_up(|_| true);
    sweep::sweep(module.py(), &state)
}
