//! The table of all deferred modules.
//!
//! Separate from [`super::module`] because of what it must know about lifetimes: a module that nobody has any more must go,
//! with all that is in a circle with it, so the table must not hold what holds the module's dict.
//!
//! ```python
//! me = sys.modules[__name__]      # the module's dict holds the module; names are pending
//! del sys.modules["m"]            # the collector finds both, and the state
//! ```

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyWeakrefMethods, PyWeakrefReference};
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{Backend, in_code};
use super::state::ModuleState;
use super::sync::lock;
use super::{ffi, trees};

/// Address of a module's dict -> the module's state; an entry goes when the module is swept or dies (a weak reference
/// sees to it).
static STATES: Mutex<Option<FxHashMap<usize, Entry>>> = Mutex::new(None);

/// What the table has of a state.
struct Entry {
    /// Weak reference to the state.
    weak: Py<PyWeakrefReference>,
    /// The state itself, as long as nothing in the module's dict holds it ([`loosen`]).
    strong: Option<Py<ModuleState>>,
    /// A name in no code object, which knows the state as long as there is one: weak references to garbage are cleared.
    name: Option<Py<PyAny>>,
    membership: Arc<trees::Membership>,
}

impl Entry {
    fn state<'py>(&self, py: Python<'py>) -> Option<Bound<'py, ModuleState>> {
        let named = || ffi::code_name::state_of(self.name.as_ref()?.bind(py));
        self.weak.bind(py).upgrade_as().ok().flatten().or_else(named)
    }

    /// Drops what it holds now; PyO3 would do so at its next call from Python.
    fn release(self, py: Python<'_>) {
        self.weak.drop_ref(py);
        drop(self.strong.map(|strong| strong.into_bound(py)));
        drop(self.name.map(|name| name.into_bound(py)));
    }
}

/// The state of a deferred module.
pub fn find<'py>(module: &Bound<'py, PyAny>) -> Option<Bound<'py, ModuleState>> {
    find_by_dict(&ffi::raw_dict(module)?)
}

/// Whether there is something to know about the module with the dict at that address.
pub fn knows(key: usize) -> bool {
    lock(&STATES).as_ref().is_some_and(|states| states.contains_key(&key))
}

/// The state of the deferred module with that dict.
pub fn find_by_dict<'py>(dict: &Bound<'py, PyDict>) -> Option<Bound<'py, ModuleState>> {
    let found = lock(&STATES).as_ref()?.get(&(dict.as_ptr() as usize))?.state(dict.py());
    found.or_else(|| among_garbage(dict))
}

/// The state of a module that is in a circle of garbage: before 3.14 the collector clears weak references before it calls
/// finalisers, which may look at the module, and keep it.
fn among_garbage<'py>(dict: &Bound<'py, PyDict>) -> Option<Bound<'py, ModuleState>> {
    let state = dict.keys().iter().find_map(|key| ffi::key::state(&key))?.cast_into::<ModuleState>().ok()?;
    let weak = PyWeakrefReference::new(&state).ok()?.unbind();
    let cleared = lock(&STATES)
        .as_mut()?
        .get_mut(&(dict.as_ptr() as usize))
        .map(|entry| std::mem::replace(&mut entry.weak, weak));
    drop(cleared.map(|cleared| cleared.into_bound(dict.py())));
    Some(state)
}

/// All deferred modules' states, by qualified name.
pub fn all(py: Python<'_>) -> Vec<Bound<'_, ModuleState>> {
    let mut states: Vec<_> =
        lock(&STATES).iter().flat_map(FxHashMap::values).filter_map(|entry| entry.state(py)).collect();
    states.sort_by(|left, right| left.get().name.cmp(&right.get().name));
    states
}

/// The same without modules whose import has failed.
pub fn imported(py: Python<'_>) -> Vec<Bound<'_, ModuleState>> {
    let mut states = all(py);
    states.retain(|state| !state.get().failed.load(Ordering::Acquire));
    states
}

/// The state at the address of a module's dict.
pub fn at(py: Python<'_>, key: usize) -> Option<Bound<'_, ModuleState>> {
    lock(&STATES).as_ref()?.get(&key)?.state(py)
}

/// The import of a module has ended: from now on its hooks hold the state, so that a module that nobody has any more goes,
/// with all that is in a circle with it. Names in code objects don't, so the module spec does in their place. Does nothing
/// when something is pending that no hook stands for.
pub fn loosen(state: &Bound<'_, ModuleState>) {
    let this = state.get();
    let key = this.dict(state.py()).as_ptr() as usize;
    if this.backend() == Backend::InCode {
        let Ok(name) = in_code::spare(state) else { return };
        if !keep_in_spec(state) {
            return;
        }
        if let Some(entry) = lock(&STATES).as_mut().and_then(|states| states.get_mut(&key)) {
            entry.name = Some(name);
        }
    }
    let hooked: FxHashSet<u32> = this.pending().iter().filter_map(|name| this.unit_of(*name)).collect();
    if this.claims.unfinished().iter().all(|unit| hooked.contains(unit)) {
        let strong = lock(&STATES).as_mut().and_then(|states| states.get_mut(&key)?.strong.take());
        drop(strong.map(|strong| strong.into_bound(state.py())));
    }
}

/// The attribute of a module spec that holds the module's state.
const HOLDER: &str = "_atimport_state";

/// Whether the module spec holds the state from now on: not when there is none, or when two modules share it.
fn keep_in_spec(state: &Bound<'_, ModuleState>) -> bool {
    let spec = state.get().dict(state.py()).get_item("__spec__").ok().flatten();
    spec.is_some_and(|spec| spec.getattr(HOLDER).is_err() && spec.setattr(HOLDER, state).is_ok())
}

/// The module spec does not hold the state any more.
pub fn take_from_spec(state: &Bound<'_, ModuleState>) {
    let spec = state.get().dict(state.py()).get_item("__spec__").ok().flatten();
    if let Some(spec) = spec
        && spec.getattr(HOLDER).is_ok_and(|held| held.is(state))
    {
        // it is there, and may be deleted
        let _ = spec.delattr(HOLDER);
    }
}

/// Enters a state at the address of its module's dict; it is held until [`loosen`].
///
/// # Errors
/// `MemoryError`.
pub fn insert(key: usize, state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let entry = Entry {
        weak: PyWeakrefReference::new(state)?.unbind(),
        strong: Some(state.clone().unbind()),
        name: None,
        membership: Arc::clone(&state.get().membership),
    };
    let replaced = lock(&STATES).get_or_insert_default().insert(key, entry);
    // outside of the lock: that may run Python code
    if let Some(replaced) = replaced {
        replaced.release(state.py());
    }
    Ok(())
}

/// Takes a module out of the table.
pub fn forget(module: &Bound<'_, PyAny>) {
    if let Some(dict) = ffi::raw_dict(module) {
        forget_address(module.py(), dict.as_ptr() as usize);
    }
}

/// Takes an entry out; returns the place of its module in its tree.
pub fn forget_address(py: Python<'_>, address: usize) -> Option<Arc<trees::Membership>> {
    let entry = lock(&STATES).as_mut().and_then(|states| states.remove(&address))?;
    if let Some(state) = &entry.strong {
        trees::forget(state, &state.get().name);
    }
    let membership = Arc::clone(&entry.membership);
    entry.release(py);
    Some(membership)
}
