//! Names in code objects that notice being looked up, on 3.11 to 3.14.
//!
//! The module's dict holds nothing of a pending name, so that everything else in it is looked up as fast as in a plain module.
//! What looks a global up is an instruction of the module's own code, and every code object of the module passes through here
//! before it runs ([`attach`]): where its `co_names` has a pending name, an object that tells when its hash is asked for
//! takes the place of the string ([`ffi::code_name`]). Lookups of attributes come to [`before_read`].
//!
//! ```python
//! limit = compute()              # pending: not in the dict
//! def f(): return len(limit)     # co_names: 'len', and the hook of 'limit', until `limit` is resolved
//! ```
//!
//! Four rules keep this sound:
//! - Whoever gets the dict itself (`f_globals`, `__dict__` from inside), or the names in a code object, makes the module use
//!   keys from then on ([`super::use_keys`]), which see every access by name; see [`ffi::descriptors`].
//! - A code object in which the name's string also serves for something that must not resolve it, or that stores the
//!   global, makes it use keys too: a hook must never become a key of the dict.
//! - A hash resolves only when the running instruction looks this name up as a global of the module: code objects are
//!   hashed and compared for other reasons.
//! - Hooks stay alive for as long as the state, because an instruction borrows its name from the tuple; and the state outlives
//!   the instruction: it is swept between two instructions, and when the module goes, keys in the dict keep it.

use pyo3::exceptions::PyNameError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use rustc_hash::FxHashMap;

use super::super::bytecode::{Use, move_globals, name_use_at};
use super::super::resolve::Touched;
use super::super::state::ModuleState;
use super::super::sync::{Status, current_thread, lock};
use super::super::{ffi, interpreter, partial, resolve};
use super::lookups::InProgress;
use super::{Backend, Hooks, key_hook, use_keys};
use crate::image::mentions::{self, Mention};

/// The back end; stateless.
pub struct InCode;

/// What a state remembers of the names that it has put into code objects.
#[derive(Default)]
pub struct Hooked {
    /// By position of the name.
    names: FxHashMap<u32, HookedName>,
    /// Names that are in no code object any more; an instruction may still be about to use one.
    retired: Vec<Py<PyAny>>,
}

struct HookedName {
    object: Py<PyAny>,
    /// Tuples of names, and where in them the object stands.
    places: Vec<(Py<PyTuple>, usize)>,
}

impl Drop for Hooked {
    fn drop(&mut self) {
        self.names.values().map(|name| &name.object).chain(&self.retired).for_each(ffi::code_name::sever);
    }
}

impl Hooks for InCode {
    fn announce(&self, state: &Bound<'_, ModuleState>, names: &[u32]) -> PyResult<()> {
        let this = state.get();
        names.iter().for_each(|name| this.with_slot(*name, |slot| slot.pending = true));
        let dict = this.dict(state.py());
        for name in bound_before(this, &dict, names)? {
            let key = this.key(state.py(), name);
            let previous = dict.get_item(&key)?;
            dict.del_item(&key)?;
            this.with_slot(name, |slot| slot.previous = previous.map(Bound::unbind));
        }
        Ok(())
    }

    fn begin(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        key_hook::show_previous(state, unit)
    }

    fn settle(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        state.get().unit_names[unit as usize].iter().for_each(|name| retire(state, *name));
        Ok(())
    }

    fn withdraw(&self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
        retire(state, name);
        Ok(())
    }

    fn bind(&self, state: &Bound<'_, ModuleState>, name: u32, value: &Bound<'_, PyAny>) -> PyResult<()> {
        retire(state, name);
        let (dict, key) = (state.get().dict(state.py()), state.get().key(state.py(), name));
        // nothing stands for the name in the dict: what does has been stored there later
        if dict.contains(&key)? { Ok(()) } else { dict.set_item(key, value) }
    }

    fn roll_back(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        key_hook::remove_stored(state, unit)
    }
}

/// Those of some names, ascending, that the dict has.
fn bound_before(state: &ModuleState, dict: &Bound<'_, PyDict>, names: &[u32]) -> PyResult<Vec<u32>> {
    // a module that is imported for the first time has a few keys, and mostly many names
    if dict.len() >= names.len() {
        let mut found = Vec::new();
        for &name in names {
            if dict.contains(state.key(dict.py(), name))? {
                found.push(name);
            }
        }
        return Ok(found);
    }
    let position = |key: &Bound<'_, PyAny>| state.position(key.cast::<PyString>().ok()?.to_str().ok()?);
    let known = dict.iter().filter_map(|(key, _)| position(&key));
    Ok(known.filter(|name| names.binary_search(name).is_ok()).collect())
}

/// The object that stands for a name, made when it is first needed.
fn object_of<'py>(state: &Bound<'py, ModuleState>, name: u32) -> PyResult<Bound<'py, PyAny>> {
    let py = state.py();
    let this = state.get();
    if let Some(hooked) = lock(&this.hooked).names.get(&name) {
        return Ok(hooked.object.bind(py).clone());
    }
    let object = ffi::code_name::new(state, &this.key(py, name), name)?;
    lock(&this.hooked).names.insert(name, HookedName { object: object.clone().unbind(), places: Vec::new() });
    Ok(object)
}

/// A name that stands nowhere, for who has to know the state without holding it.
///
/// # Errors
/// `MemoryError`.
pub fn spare(state: &Bound<'_, ModuleState>) -> PyResult<Py<PyAny>> {
    let name = ffi::code_name::new(state, &PyString::new(state.py(), ""), 0)?;
    lock(&state.get().hooked).retired.push(name.clone().unbind());
    Ok(name.unbind())
}

/// The name is a plain string again wherever it was hooked.
fn retire(state: &Bound<'_, ModuleState>, name: u32) {
    let py = state.py();
    let this = state.get();
    let previous = this.with_slot(name, |slot| {
        slot.pending = false;
        slot.previous.take()
    });
    drop(previous);
    let Some(HookedName { object, places }) = lock(&this.hooked).names.remove(&name) else { return };
    let text = this.key(py, name).into_any();
    for (tuple, place) in places {
        ffi::code_name::exchange(tuple.bind(py), place, text.clone());
    }
    lock(&this.hooked).retired.push(object);
}

/// Takes all hooks out of code objects.
pub fn take_hooks(state: &Bound<'_, ModuleState>) {
    let this = state.get();
    let hooked: Vec<u32> = lock(&this.hooked).names.keys().copied().collect();
    // code may mention names that are not announced yet
    for name in this.pending().into_iter().chain(hooked) {
        let previous = this.with_slot(name, |slot| slot.previous.take());
        retire(state, name);
        this.with_slot(name, |slot| slot.previous = previous);
    }
}

/// Hooks the names that code mentions, before it runs: that of a unit, or of the prelude.
///
/// # Errors
/// `MemoryError`.
pub fn attach(
    state: &Bound<'_, ModuleState>,
    code: &Bound<'_, PyAny>,
    mentions: &[u8],
    unit: Option<u32>,
) -> PyResult<()> {
    if state.get().backend() != Backend::InCode || mentions.is_empty() || hook(state, code, mentions, unit)? {
        return Ok(());
    }
    use_keys(state)
}

/// Puts hooks where names that are to come are mentioned; false when one can't be hooked there.
fn hook(state: &Bound<'_, ModuleState>, code: &Bound<'_, PyAny>, mentions: &[u8], unit: Option<u32>) -> PyResult<bool> {
    let this = state.get();
    let mut codes = CodeObjects { waiting: vec![code.clone()], position: 0 };
    let mut current: Option<(u32, Bound<'_, PyTuple>)> = None;
    for mention in mentions::decode(mentions) {
        let Ok(Mention { code, place, name, ambiguous }) = mention else { return Ok(false) };
        if name as usize >= this.image.names.len() {
            return Ok(false);
        }
        if !is_to_come(state, name, unit) {
            continue;
        }
        let names = match &current {
            Some((position, names)) if *position == code => names,
            _ => {
                let Some(found) = codes.at(code)? else { return Ok(false) };
                &current.insert((code, ffi::descriptors::raw_names(&found)?)).1
            }
        };
        let place = place as usize;
        // a damaged image must not put a name in another's place
        if ambiguous || !names.as_slice().get(place).is_some_and(|text| is_text(text, this.text(name))) {
            return Ok(false);
        }
        let object = object_of(state, name)?;
        ffi::code_name::exchange(names, place, object);
        let entry = (names.clone().unbind(), place);
        if let Some(hooked) = lock(&this.hooked).names.get_mut(&name) {
            hooked.places.push(entry);
        }
    }
    Ok(true)
}

fn is_text(object: &Bound<'_, PyAny>, text: &str) -> bool {
    object.cast::<PyString>().is_ok_and(|object| object.to_str().is_ok_and(|object| object == text))
}

/// A code object and those inside it, in the order of [`mentions`].
struct CodeObjects<'py> {
    /// Those that come next, last first.
    waiting: Vec<Bound<'py, PyAny>>,
    /// Position of the last one in `waiting`.
    position: u32,
}

impl<'py> CodeObjects<'py> {
    /// The code object at a position that is higher than all before.
    fn at(&mut self, position: u32) -> PyResult<Option<Bound<'py, PyAny>>> {
        while let Some(code) = self.waiting.pop() {
            let constants = code.getattr(intern!(code.py(), "co_consts"))?.cast_into::<PyTuple>()?;
            self.waiting.extend(constants.as_slice().iter().rev().filter(|constant| ffi::is_code(constant)).cloned());
            self.position += 1;
            if self.position > position {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }
}

/// Whether a name is pending, or will be; the names of the running unit itself are not.
fn is_to_come(state: &Bound<'_, ModuleState>, name: u32, running: Option<u32>) -> bool {
    let this = state.get();
    let unit = this.image.names[name as usize].unit;
    let is_to_come = |unit| this.claims.status(unit) != Status::Done && !this.is_expected(unit);
    unit != running && unit.is_some_and(is_to_come)
}

/// Somebody is handed the names of a code object, in which a hook may stand: not any more.
///
/// # Errors
/// `MemoryError`.
pub fn show(names: &Bound<'_, PyTuple>) -> PyResult<()> {
    names.iter().try_for_each(|name| ffi::code_name::state_of(&name).map_or(Ok(()), |state| use_keys(&state)))
}

/// The position of the first entry with the same text. Entries at the end that repeat earlier ones are those that the loader has
/// added (`loader::separate`).
fn first_of(names: &Bound<'_, PyTuple>, place: usize) -> PyResult<usize> {
    let all = names.as_slice();
    let text = &all[place];
    let interned = text.is_exact_instance_of::<PyString>();
    for (earlier, other) in all[..place].iter().enumerate() {
        // two different objects have the same text only when one of them is a hook
        if other.is(text) || (!(interned && other.is_exact_instance_of::<PyString>()) && other.eq(text)?) {
            return Ok(earlier);
        }
    }
    Ok(place)
}

/// `co_names` as the compiler made it.
///
/// # Errors
/// `MemoryError`.
pub fn joined_names(names: Bound<'_, PyTuple>) -> PyResult<Bound<'_, PyTuple>> {
    let mut length = names.len();
    while length > 0 && first_of(&names, length - 1)? < length - 1 {
        length -= 1;
    }
    Ok(if length == names.len() { names } else { names.get_slice(0, length) })
}

/// `co_code` as the compiler made it.
///
/// # Errors
/// `MemoryError`.
pub fn joined_bytes<'py>(names: &Bound<'py, PyTuple>, bytes: Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyBytes>> {
    let py = names.py();
    let last = names.len();
    if last == 0 || first_of(names, last - 1)? == last - 1 {
        return Ok(bytes);
    }
    let mut joined = bytes.as_bytes().to_vec();
    let moved = |place| first_of(names, place).ok().filter(|first| *first < place);
    move_globals(interpreter::minor(py), &mut joined, moved);
    Ok(PyBytes::new(py, &joined))
}

/// The hash of a hook has been asked for: resolves the name when that is because the running instruction looks it up.
///
/// # Errors
/// What the unit raises; `NameError` when the name turns out not to exist.
pub fn hashed(hook: &Bound<'_, PyAny>, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
    let py = state.py();
    let Some(frame) = ffi::running(py) else { return Ok(()) };
    let this = state.get();
    let dict = this.dict(py);
    if !frame.globals.is(&dict) {
        return Ok(());
    }
    let names = ffi::descriptors::raw_names(&frame.code)?;
    let bytes = ffi::descriptors::raw_bytes(&frame.code)?;
    let at = name_use_at(interpreter::minor(py), bytes.as_bytes(), frame.at);
    let Some((place, what)) = at else { return Ok(()) };
    if !names.get_item(place).is_ok_and(|name| name.is(hook)) {
        return Ok(());
    }
    // a class body that has bound the name finds its own: the global may need this very class
    if what == Use::LoadName
        && let Some(locals) = frame.locals()
        && locals.cast::<PyDict>().is_ok_and(|own| !own.is(&dict) && own.contains(this.text(name)).unwrap_or(false))
    {
        return Ok(());
    }
    touch(state, name)?;
    // the error that the interpreter would raise has the hook in it
    if what == Use::LoadGlobal && !dict.contains(this.text(name))? {
        let builtin = frame.builtins.cast::<PyDict>().is_ok_and(|all| all.contains(this.text(name)).unwrap_or(false));
        if !builtin {
            return Err(not_defined(py, this.text(name)));
        }
    }
    Ok(())
}

/// The words of `_PyEval_FormatExcCheckArg` (Python/ceval.c).
fn not_defined(py: Python<'_>, text: &str) -> PyErr {
    let error = PyNameError::new_err(format!("name '{text}' is not defined"));
    // failing to decorate must not hide the error itself
    let _ = error.value(py).setattr(intern!(py, "name"), text);
    error
}

/// Runs the unit of a pending name, unless this thread is in the middle of it.
fn touch(state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
    let this = state.get();
    // not announced yet: an eager run has not bound it either
    if !this.is_pending(name) {
        return Ok(());
    }
    match this.unit_of(name).map(|unit| this.claims.status(unit)) {
        Some(Status::Done) => Ok(()),
        Some(Status::Running(owner)) if owner == current_thread(state.py())? => Ok(()),
        _ => {
            let _lookup = InProgress::begin(state, None);
            match resolve::resolve_name(state, name)? {
                Touched::Deadlock(circle) => partial::found(state, this.text(name), &circle).map(drop),
                Touched::Ready | Touched::Partial => Ok(()),
            }
        }
    }
}

/// Before an attribute of the module is read: resolves it when it is pending.
///
/// # Errors
/// What the unit raises.
pub fn before_read(state: &Bound<'_, ModuleState>, text: &str) -> PyResult<()> {
    match state.get().position_or_forward(text) {
        Some(name) if state.get().backend() == Backend::InCode => touch(state, name),
        _ => Ok(()),
    }
}
