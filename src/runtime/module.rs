//! A deferred module as an object: what a dict hook can't know.
//!
//! `ModuleType` is taught ([`ffi::module_type`]) to ask here when a module of the table is asked for its `__dict__` or
//! `__dir__`, for an attribute that it lacks, and before writes and deletions.
//!
//! ```python
//! vars(m)          # resolves everything first; inside m's own code: the raw dict
//! m.LIMIT = 9      # first runs what reads LIMIT, as in an eager run
//! pkg.sub          # runs what is pending in pkg if that may load pkg.sub
//! ```

use std::sync::atomic::Ordering;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyModule, PyString, PyTuple, PyWeakrefMethods, PyWeakrefReference};

use super::names::{Backend, in_code, native_lazy};
use super::state::ModuleState;
use super::sweep::{self, sweep};
use super::sync::{Status, current_thread, lock};
use super::table::{self, find, find_by_dict};
use super::waits::Thread;
use super::{context, ffi, forwards, names, resolve, star_import, submodules, trees};
use crate::image::Image;

/// A module's own hook for attributes that it lacks (PEP 562).
const HOOK: &str = "__getattr__";

/// Makes the state of a module findable.
///
/// # Errors
/// `TypeError` when that is no module; `MemoryError`.
pub fn adopt(module: &Bound<'_, PyAny>, state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = module.py();
    let Some(dict) = ffi::raw_dict(module) else { return Err(PyTypeError::new_err("not a module")) };
    let key = dict.as_ptr() as usize;
    // a module lets go of its dict after its weak references are told, so the address can't be used again before
    let forget =
        PyCFunction::new_closure(py, None, None, move |gone: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            if let Some(state) = table::at(gone.py(), key) {
                // functions of the module may live on, with its dict: keys in the dict keep the state
                names::use_keys(&state)?;
            }
            table::forget_address(gone.py(), key).map_or(Ok(()), |member| sweep::release_tree(gone.py(), &member))
        })?;
    let reference = PyWeakrefReference::new_with(module, forget)?;
    table::insert(key, state)?;
    if rests_watched(state.get()) {
        ffi::module_type::watch(module);
    }
    *lock(&state.get().module) = Some(reference.unbind());
    if !state.get().finished() {
        for package in trees::begin(&state.get().membership) {
            watch_again(py, &package)?;
        }
    }
    Ok(())
}

/// The same, unless it has been done, and with all that Python code could get hold of the dict by guarded.
///
/// # Errors
/// As [`adopt`].
pub fn adopt_once(module: &Bound<'_, PyAny>, state: &Bound<'_, ModuleState>) -> PyResult<()> {
    if state.get().is_adopted() {
        return Ok(());
    }
    ffi::descriptors::guard(module.py())?;
    adopt(module, state)
}

/// Watches the reads of a package that is complete and released: something below it is pending.
///
/// # Errors
/// As [`adopt`].
pub fn watch_again(py: Python<'_>, package: &Py<PyWeakrefReference>) -> PyResult<()> {
    let Some(object) = package.bind(py).upgrade() else { return Ok(()) };
    if !object.is_exact_instance_of::<PyModule>() || find(&object).is_some() {
        return Ok(());
    }
    let name = object.cast::<PyModule>()?.name()?.to_string_lossy().into_owned();
    let path = String::new();
    // not the package's own dict, which the table would then keep alive
    let none = PyDict::new(py).unbind();
    let state = Bound::new(py, ModuleState::new(name.into(), path, true, Image::default(), Backend::Key, none))?;
    state.get().plain.store(true, Ordering::Release);
    adopt(&object, &state)?;
    trees::watch(&state);
    Ok(())
}

/// A unit of the module is about to run. What it binds by and by must not be read by other threads before it has run to its
/// end; keys see to that themselves.
pub fn unit_begins(state: &Bound<'_, ModuleState>) {
    if state.get().backend() != Backend::Key
        && let Some(module) = object_of(state)
    {
        ffi::module_type::watch(&module);
    }
}

/// A unit of the module has run, or failed.
pub fn unit_ended(state: &Bound<'_, ModuleState>) {
    if state.get().claims.idle()
        && !rests_watched(state.get())
        && let Some(module) = object_of(state)
    {
        ffi::module_type::unwatch(&module);
    }
}

/// The module itself, unless it is gone, or not findable any more.
fn object_of<'py>(state: &Bound<'py, ModuleState>) -> Option<Bound<'py, PyAny>> {
    lock(&state.get().module).as_ref()?.bind(state.py()).upgrade()
}

/// Whether the module has been executed again since.
pub fn is_replaced(state: &Bound<'_, ModuleState>) -> bool {
    find_by_dict(&state.get().dict(state.py())).is_some_and(|current| !current.is(state))
}

/// What an assignment (`Some`) or deletion from outside disturbs runs first; false when the write must not happen.
///
/// The one write that must not happen is the import system binding a submodule onto its package when the package's own
/// pending statement imports that submodule, and then may bind the name to something else, or delete it: in an eager run the
/// statement comes after (`_bootstrap._find_and_load_unlocked`).
///
/// # Errors
/// What deferred code raises.
pub fn before_write(
    module: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<bool> {
    let py = module.py();
    let (Some(state), Ok(text)) = (find(module), name.cast::<PyString>()) else { return Ok(true) };
    let this = state.get();
    // lone surrogates: no name that source code can bind or read
    let Ok(text) = text.to_str() else { return Ok(true) };
    if text == "__class__" || text == "__spec__" {
        // another class doesn't notice reads; the module spec may hold the state
        names::use_keys(&state)?;
    }
    forwards::before_binding(&state, text)?;
    let me = current_thread(py)?;
    let position = this.position(text);
    let submodule = value.is_some_and(|value| is_submodule(value, &this.name, text));
    if let Some(name) = position
        && submodule
        && this.image.names[name as usize].submodule
        && this.is_pending(name)
        && let Some(unit) = this.image.names[name as usize].unit
        && this.claims.status(unit) != Status::Running(me)
    {
        if this.image.names[name as usize].only_submodule {
            // what the unit would bind it to as well
            this.backend().hooks().withdraw(&state, name)?;
            return Ok(true);
        }
        // the statement that imports it finds it loaded, and won't bind it
        lock(&this.unbound).insert(name);
        resolve::resolve_unit(&state, unit, name)?;
        return Ok(lock(&this.unbound).remove(&name) && !this.dict(py).contains(text)?);
    }
    if this.active_on(me) || (submodule && position.is_none()) {
        return Ok(true);
    }
    if submodule
        && position.is_some_and(|name| this.image.names[name as usize].submodule)
        && !this.dict(py).contains(text)?
    {
        // its statement has run while the submodule was being imported: what reads it comes after this, in an eager run as well
        return Ok(true);
    }
    settle_dependents(&state, text)?;
    Ok(true)
}

/// Before the hook's result binds a name: runs what binds it and what reads it.
///
/// # Errors
/// What deferred code raises.
pub fn before_binding(dict: &Bound<'_, PyDict>, text: &str) -> PyResult<()> {
    find_by_dict(dict).map_or(Ok(()), |state| {
        forwards::before_binding(&state, text)?;
        settle_dependents(&state, text)
    })
}

/// Runs what binds a name and what reads it.
fn settle_dependents(state: &Bound<'_, ModuleState>, text: &str) -> PyResult<()> {
    let this = state.get();
    for unit in this.dependents(text) {
        if let Some(&wanted) = this.unit_names[unit as usize].first() {
            resolve::resolve_unit(state, unit, wanted)?;
        }
    }
    Ok(())
}

/// Whether a value is the submodule `package.text`.
fn is_submodule(value: &Bound<'_, PyAny>, package: &str, text: &str) -> bool {
    value.cast::<PyModule>().is_ok_and(|child| {
        child.name().is_ok_and(|name| {
            name.to_str()
                .is_ok_and(|name| name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')) == Some(text))
        })
    })
}

/// Before an attribute of a package, or of a module with a `__getattr__`, is read.
///
/// If a package lacks it and it names a submodule on disk, an eager run may have loaded that submodule by importing
/// something deep inside the package, so all that is pending in the whole top-level package runs first. True when the
/// module's own `__getattr__` must not be asked.
///
/// # Errors
/// What deferred code raises.
pub fn before_read(module: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let Ok(text) = name.cast::<PyString>() else { return Ok(false) };
    let Some(dict) = ffi::raw_dict(module) else { return Ok(false) };
    // lone surrogates: no name that source code can bind or read
    let Ok(plain) = text.to_str() else { return Ok(false) };
    let state = find(module);
    if let Some(state) = &state {
        in_code::before_read(state, plain)?;
        native_lazy::before_read(state, plain)?;
    }
    if plain.starts_with("__") || dict.contains(text)? {
        return Ok(false);
    }
    let Some(state) = state.filter(|state| is_watched(state.get())) else { return Ok(false) };
    let me = current_thread(py)?;
    if state.get().active_on(me) {
        context::note_circle();
        return is_bound_later(&dict, state.get(), me);
    }
    if !state.get().package {
        return Ok(false);
    }
    // finders are asked last: importlib asks them itself, for what it doesn't find here
    if submodules::asked_by_importlib(py)? {
        return Ok(submodules::tree_runs_on(py, &state.get().name, me)
            && submodules::could_be_submodule(&dict, &state.get().name, text)?);
    }
    if submodules::could_be_submodule(&dict, &state.get().name, text)? {
        submodules::resolve_tree(&state)?;
    }
    Ok(false)
}

/// A read of an attribute, of a module whose reads are all watched, has failed: the error that it has.
pub fn read_failed(module: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    match (find(module), name.extract::<String>()) {
        (Some(state), Ok(text)) => native_lazy::refused(&state, &text, error),
        _ => error,
    }
}

/// Whether what a module lacks may still come without a hook for it.
fn is_watched(state: &ModuleState) -> bool {
    state.package || state.backend() == Backend::InCode || state.image.names.iter().any(|name| name.text == HOOK)
}

/// Whether all reads of the module are watched even when no unit runs: on 3.15 `ModuleType` doesn't ask about what it lacks.
fn rests_watched(state: &ModuleState) -> bool {
    cfg!(Py_3_15) && is_watched(state)
}

/// Whether the module's `__getattr__` stands behind a unit that the thread is running: an eager run has not defined it yet
/// when a circular import looks into the module.
fn is_bound_later(dict: &Bound<'_, PyDict>, state: &ModuleState, me: Thread) -> PyResult<bool> {
    let py = dict.py();
    let Some(hook) = dict.get_item(intern!(py, HOOK))? else { return Ok(false) };
    let Ok(code) = hook.getattr(intern!(py, "__code__")) else { return Ok(false) };
    let file = code.getattr(intern!(py, "co_filename"))?;
    if !file.extract::<String>().is_ok_and(|file| file == state.path) {
        return Ok(false);
    }
    let line: u32 = code.getattr(intern!(py, "co_firstlineno"))?.extract()?;
    let running = state.claims.running(me);
    Ok(running.into_iter().flat_map(|unit| state.image.units[unit].lines.last()).any(|(_, last)| *last < line))
}

/// The module's `__dict__`: complete, unless the module's own code asks.
///
/// # Errors
/// What deferred code raises.
pub fn namespace<'py>(module: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = module.py();
    let dict = ffi::raw_dict(module).ok_or_else(|| PyTypeError::new_err("not a module"))?;
    if let Some(state) = find_by_dict(&dict)
        && star_import::is_running(py)?
    {
        if state.get().active_on(current_thread(py)?) {
            return star_import::bound_so_far(&state);
        }
        if let Some(rest) = star_import::copied(module, &state)? {
            return Ok(rest);
        }
    }
    complete(&dict)?;
    Ok(dict)
}

/// Before Python code is handed a module's dict: resolves everything, unless the module's own code asks.
///
/// # Errors
/// What deferred code raises.
pub fn complete(dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = dict.py();
    let Some(state) = find_by_dict(dict) else { return Ok(()) };
    if state.get().active_on(current_thread(py)?) {
        // the raw dict, whose lookups by name must still resolve
        return names::use_keys(&state);
    }
    if state.get().package {
        submodules::resolve_tree(&state)?;
    }
    resolve::resolve_all(&state)?;
    sweep(py, &state)
}

/// The module's `dir()`. Of a plain module only units that may leave a name unbound run; of a package everything does,
/// because an eager run would have loaded submodules that nothing here names.
///
/// # Errors
/// What deferred code raises.
pub fn directory<'py>(module: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    if let Some(state) = find(module)
        && !state.get().active_on(current_thread(py)?)
    {
        let this = state.get();
        if this.package {
            submodules::resolve_tree(&state)?;
        }
        for (name, entry) in (0u32..).zip(&this.image.names) {
            if let (Some(unit), false) = (entry.unit, entry.definite) {
                resolve::resolve_unit(&state, unit, name)?;
            }
        }
    }
    let dict = ffi::raw_dict(module).ok_or_else(|| PyTypeError::new_err("not a module"))?;
    if let Some(own) = dict.get_item(intern!(py, "__dir__"))? {
        return own.call0();
    }
    let sentinels: Vec<Py<PyAny>> = find(module).map_or_else(Vec::new, |state| {
        lock(&state.get().sentinels).iter().map(|sentinel| sentinel.clone_ref(py)).collect()
    });
    let names = PyList::empty(py);
    if let Some(state) = find(module)
        && state.get().backend() == Backend::InCode
    {
        for name in state.get().pending() {
            // a running unit may have stored it
            if !dict.contains(state.get().text(name))? {
                names.append(state.get().text(name))?;
            }
        }
    }
    for key in dict.keys() {
        if sentinels.iter().any(|sentinel| sentinel.is(&key)) {
            continue;
        }
        match key.cast::<PyString>() {
            Ok(text) if ffi::key::is(&key) => names.append(PyString::intern(py, text.to_str()?))?,
            _ => names.append(key)?,
        }
    }
    Ok(names.into_any())
}
