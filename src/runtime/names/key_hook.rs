//! The lookup-noticing key, on every version.
//!
//! A pending name's key in the dict is an instance of a `str` subclass with the same hash. A lookup of the plain name
//! compares the two, and the comparison ([`looked_up`]) runs the unit, which stores the real name and removes the key;
//! the lookup then notices that the dict has changed and starts again (`dictkeys_generic_lookup`, Objects/dictobject.c).
//!
//! Three rules keep this sound:
//! - While a unit runs, its keys stay in the dict, so that other threads wait in the comparison; for the owner the
//!   comparison says "different", and the lookup goes on to the plain key that the unit may have stored behind it.
//! - The dict is never rebuilt under a lookup: stores and deletes only (see [`sweep::sweep`]).
//! - A copy of the dict carries keys along. After a unit, keys with more references than ours are replaced in every dict
//!   that holds them (`gc.get_referrers`), before the comparison answers.

use std::cell::Cell;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::super::resolve::{self, Touched};
use super::super::state::ModuleState;
use super::super::sync::{Status, current_thread, lock};
use super::super::{ffi, interpreter, partial};
use super::Hooks;
use super::lookups::InProgress;

/// Index that a sentinel key carries instead of a name's position.
const SENTINEL: u32 = u32::MAX;
/// Builtins whose result shows the whole namespace, and which a module's own functions look up by these names.
const NAMESPACE_READERS: [&str; 1] = ["globals"];

/// The back end; stateless.
pub struct KeyHook;

/// The value that stands behind a key. No lookup by name returns it.
#[pyclass(frozen, module = "atimport._native")]
pub struct Pending;

#[pymethods]
impl Pending {
    #[expect(clippy::unused_self, reason = "a method by Python's protocol")]
    fn __repr__(&self) -> &'static str {
        "<pending>"
    }
}

fn placeholder(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static PLACEHOLDER: pyo3::sync::PyOnceLock<Py<PyAny>> = pyo3::sync::PyOnceLock::new();
    PLACEHOLDER.get_or_try_init(py, || Ok(Py::new(py, Pending)?.into_any())).map(|object| object.bind(py))
}

/// Hooks the builtins that show the whole namespace: the first lookup by one of the module's functions resolves all.
///
/// # Errors
/// `MemoryError`.
pub fn watch_namespace(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let dict = this.dict(py);
    for text in NAMESPACE_READERS {
        if this.image.names.iter().any(|name| name.text == text) || dict.contains(text)? {
            continue;
        }
        let key = ffi::key::new(state.as_any(), &PyString::intern(py, text), SENTINEL)?;
        dict.set_item(&key, placeholder(py)?)?;
        lock(&this.sentinels).push(key.unbind());
    }
    Ok(())
}

/// Keys for some names, and what will stand behind them. Other threads may run while these objects are made.
///
/// # Errors
/// `MemoryError`.
pub fn keys<'py>(state: &Bound<'py, ModuleState>, names: &[u32]) -> PyResult<Keys<'py>> {
    let py = state.py();
    let new = |&name: &u32| Ok((name, ffi::key::new(state.as_any(), &state.get().key(py, name), name)?));
    Ok(Keys { keys: names.iter().map(new).collect::<PyResult<_>>()?, placeholder: placeholder(py)?.clone() })
}

/// Keys that are not in the dict yet, each with the position of its name.
pub struct Keys<'py> {
    keys: Vec<(u32, Bound<'py, PyAny>)>,
    placeholder: Bound<'py, PyAny>,
}

/// Puts keys into the dict, where their names are pending from now on. No other thread runs meanwhile.
///
/// # Errors
/// `MemoryError`.
pub fn put(state: &Bound<'_, ModuleState>, keys: Keys<'_>) -> PyResult<()> {
    let this = state.get();
    let dict = this.dict(state.py());
    for (name, key) in keys.keys {
        let text = this.key(state.py(), name);
        let running = this.unit_of(name).is_some_and(|unit| this.claims.runs(unit));
        let mut stored = dict.get_item(&text)?;
        if stored.is_some() {
            dict.del_item(&text)?;
        }
        dict.set_item(&key, &keys.placeholder)?;
        if running && let Some(value) = stored.take() {
            // what a running unit has stored stays visible to it, behind the key
            store_behind(&dict, &text, &value)?;
        }
        this.with_slot(name, |slot| {
            if let Some(value) = stored {
                slot.previous = Some(value.unbind());
            }
            slot.hook = Some(key.unbind());
            slot.pending = true;
        });
    }
    Ok(())
}

impl Hooks for KeyHook {
    fn announce(&self, state: &Bound<'_, ModuleState>, names: &[u32]) -> PyResult<()> {
        put(state, keys(state, names)?)
    }

    fn begin(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        show_previous(state, unit)
    }

    fn settle(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        let this = state.get();
        let dict = this.dict(state.py());
        for &name in &this.unit_names[unit as usize] {
            if let Some(key) = take_key(this, &dict, name)? {
                taken(state, &key, name)?;
            }
        }
        Ok(())
    }

    fn withdraw(&self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
        let dict = state.get().dict(state.py());
        take_key(state.get(), &dict, name).map(drop)
    }

    fn bind(&self, state: &Bound<'_, ModuleState>, name: u32, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let dict = state.get().dict(state.py());
        let before = dict.len();
        if let Some(key) = take_key(state.get(), &dict, name)?
            && dict.len() < before
        {
            dict.set_item(state.get().key(state.py(), name), value)?;
            taken(state, &key, name)?;
        }
        Ok(())
    }

    fn roll_back(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        remove_stored(state, unit)
    }
}

thread_local! {
    /// The calling thread stores something behind a key.
    static STORING: Cell<bool> = const { Cell::new(false) };
}

/// Stores a value under a plain name whose key is in the dict already, whoever runs its unit.
///
/// # Errors
/// `MemoryError`.
fn store_behind(dict: &Bound<'_, PyDict>, text: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    STORING.set(true);
    let stored = dict.set_item(text, value);
    STORING.set(false);
    stored
}

/// The key of a name has been taken out of the dict, which has the value by now.
fn taken(state: &Bound<'_, ModuleState>, key: &Bound<'_, PyAny>, name: u32) -> PyResult<()> {
    // ours, and two for each lookup in progress: it holds the key it compares (`dictkeys_generic_lookup`), and so does the
    // argument of `looked_up`
    let known = 1 + 2 * state.get().with_slot(name, |slot| slot.comparing);
    replace_in_copies(state, key, name, known)
}

/// Puts the previous values of a unit's names into the dict, for the unit to find.
///
/// # Errors
/// `MemoryError`.
pub fn show_previous(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    for &name in &this.unit_names[unit as usize] {
        if let Some(value) = this.with_slot(name, |slot| slot.previous.as_ref().map(|value| value.clone_ref(py))) {
            this.dict(py).set_item(this.key(py, name), value)?;
        }
    }
    Ok(())
}

/// Deletes what a unit that has failed has stored.
///
/// # Errors
/// `MemoryError`.
pub fn remove_stored(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    for &name in &this.unit_names[unit as usize] {
        // a name that is not pending, and was not to be, has got its final value from elsewhere
        if this.is_pending(name) || this.is_expected(unit) {
            remove(&this.dict(py), &this.key(py, name))?;
        }
    }
    Ok(())
}

/// Takes the key of a name out of the slot and out of the dict.
fn take_key<'py>(state: &ModuleState, dict: &Bound<'py, PyDict>, name: u32) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (hook, previous) = state.with_slot(name, |slot| {
        slot.pending = false;
        (slot.hook.take(), slot.previous.take())
    });
    if let Some(previous) = previous {
        previous.drop_ref(dict.py());
    }
    let Some(key) = hook else { return Ok(None) };
    let key = key.into_bound(dict.py());
    remove(dict, &key)?;
    Ok(Some(key))
}

/// Deletes a key that may be missing.
///
/// # Errors
/// `MemoryError`.
pub fn remove(dict: &Bound<'_, PyDict>, key: &Bound<'_, PyAny>) -> PyResult<()> {
    match dict.del_item(key) {
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyKeyError>(dict.py()) => Ok(()),
        result => result,
    }
}

/// Replaces the key of a resolved name in dicts that were copied from the module's while the name was pending; `known` as for
/// [`in_copies`].
fn replace_in_copies(state: &Bound<'_, ModuleState>, key: &Bound<'_, PyAny>, name: u32, known: isize) -> PyResult<()> {
    let this = state.get();
    let text = this.key(state.py(), name);
    in_copies(state, key, known, |copy| {
        let before = copy.len();
        remove(copy, key)?;
        match this.dict(copy.py()).get_item(&text)? {
            Some(value) if copy.len() < before => copy.set_item(&text, value),
            _ => Ok(()),
        }
    })
}

/// Does something to the copies of the module's dict that may hold a key, as long as it has more references than the `known`
/// ones: first to those that are remembered, then to those that the collector finds, which are remembered from then on. Asking
/// the collector goes through all objects that there are, and copies mostly hold many keys.
fn in_copies(
    state: &Bound<'_, ModuleState>,
    key: &Bound<'_, PyAny>,
    known: isize,
    change: impl Fn(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyResult<()> {
    if ffi::reference_count(key) <= known {
        return Ok(());
    }
    let remembered = known_copies(state);
    remembered.iter().try_for_each(&change)?;
    if ffi::reference_count(key) <= known {
        return Ok(());
    }
    let found = holders(state, key)?;
    found.iter().try_for_each(&change)?;
    let new = found.into_iter().filter(|copy| !remembered.iter().any(|other| other.is(copy)));
    lock(&state.get().copies).extend(new.map(Bound::unbind));
    Ok(())
}

/// The dicts that hold a key, but for the module's own.
fn holders<'py>(state: &Bound<'py, ModuleState>, key: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let py = state.py();
    let own = state.get().dict(py);
    let all = interpreter::gc(py)?.call_method1(intern!(py, "get_referrers"), (key,))?;
    let mut copies = Vec::new();
    for holder in all.try_iter()? {
        if let Ok(copy) = holder?.cast_into::<PyDict>()
            && !copy.is(&own)
        {
            copies.push(copy);
        }
    }
    Ok(copies)
}

/// The copies that are remembered; lets go of those that nobody else has.
fn known_copies<'py>(state: &Bound<'py, ModuleState>) -> Vec<Bound<'py, PyDict>> {
    let remembered = std::mem::take(&mut *lock(&state.get().copies));
    let all = remembered.into_iter().map(|copy| copy.into_bound(state.py()));
    let (found, gone): (Vec<_>, Vec<_>) = all.partition(|copy| ffi::reference_count(copy.as_any()) > 1);
    drop(gone);
    lock(&state.get().copies).extend(found.iter().map(|copy| copy.clone().unbind()));
    found
}

/// Removes the sentinels of a module that has nothing pending any more, from copies of its dict too, which are forgotten.
///
/// # Errors
/// `MemoryError`.
pub fn unwatch_namespace(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = state.py();
    let sentinels = std::mem::take(&mut *lock(&state.get().sentinels));
    for key in sentinels {
        let key = key.into_bound(py);
        remove(&state.get().dict(py), &key)?;
        in_copies(state, &key, 1, |copy| remove(copy, &key))?;
    }
    drop(std::mem::take(&mut *lock(&state.get().copies)));
    Ok(())
}

/// A lookup has come upon the key of `index`: makes the name what it will be, and says whether the lookup has found it.
///
/// # Errors
/// What the unit raises.
pub fn looked_up(py: Python<'_>, key: &Bound<'_, PyAny>, state: &Bound<'_, PyAny>, index: u32) -> PyResult<bool> {
    if STORING.get() {
        return Ok(false);
    }
    let state = state.cast::<ModuleState>()?;
    let this = state.get();
    let me = current_thread(py)?;
    if index == SENTINEL {
        if this.active_on(me) {
            return Ok(false);
        }
        let _lookup = InProgress::begin(state, None);
        resolve::resolve_all(state)?;
        unwatch_namespace(state)?;
        return Ok(true);
    }
    let unit = this.unit_of(index);
    if unit.is_none() && !this.is_forward(index) {
        return Ok(true);
    }
    let forward = || if this.forwards.has_value(this.place_of(index)) { Status::Done } else { Status::Pending };
    match unit.map_or_else(forward, |unit| this.claims.status(unit)) {
        // a copy of the dict that was made while the name was pending and escaped the replacement
        Status::Done => {
            replace_in_copies(state, key, index, 0)?;
            Ok(true)
        }
        Status::Running(owner) if owner == me => Ok(false),
        _ => {
            let _lookup = InProgress::begin(state, Some(index));
            match resolve::resolve_name(state, index)? {
                Touched::Ready => Ok(true),
                Touched::Partial => Ok(false),
                Touched::Deadlock(circle) => partial::found(state, this.text(index), &circle),
            }
        }
    }
}
