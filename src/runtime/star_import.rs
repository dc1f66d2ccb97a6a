//! Star imports from modules with pending names.
//!
//! A star import asks a module for `__all__`, then for `__dict__` if there is none, and copies what it finds there
//! (`import_all_from`, Python/ceval.c and Python/intrinsics.c). When it stands in a deferred module that is being imported, it is
//! done here, before it has its answer, so that pending names are copied without being touched ([`forwards`]); what is left to
//! the interpreter are the names that it finds fault with. From a module whose own code is running, as in a circular import,
//! only what is there is copied:
//!
//! ```python
//! # pkg/__init__.py                 # pkg/child.py
//! early = 1 + int("1")              from pkg import *      # copies `early`, as in an eager run; neither `late`
//! from pkg.child import thing                              # nor any placeholder
//! late = 2 + int("2")
//! ```

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::bytecode::Look;
use super::names::Backend;
use super::order::Order;
use super::state::ModuleState;
use super::sync::current_thread;
use super::{ffi, forwards, module, order, resolve, table};
use crate::image::Step;

/// A module whose prelude runs.
struct Importing {
    module: Py<PyAny>,
    state: Py<ModuleState>,
    order: Rc<RefCell<Order>>,
    prelude: Rc<Vec<Step>>,
}

thread_local! {
    /// On this thread, innermost last.
    static IMPORTERS: RefCell<Vec<Importing>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, the prelude of a module runs.
pub struct Importer<'py>(PhantomData<Python<'py>>);

impl<'py> Importer<'py> {
    /// Begins; `order`: of the module's keys.
    pub fn begin(
        module: &Bound<'py, PyAny>,
        state: &Bound<'py, ModuleState>,
        order: &Rc<RefCell<Order>>,
        prelude: &Rc<Vec<Step>>,
    ) -> Self {
        let (module, state) = (module.clone().unbind(), state.clone().unbind());
        IMPORTERS.with_borrow_mut(|all| {
            all.push(Importing { module, state, order: Rc::clone(order), prelude: Rc::clone(prelude) })
        });
        Self(PhantomData)
    }
}

impl Drop for Importer<'_> {
    fn drop(&mut self) {
        let ended = IMPORTERS.with_borrow_mut(Vec::pop);
        // outside of the borrow: that may run Python code
        drop(ended);
    }
}

/// The module that is at a star import, if its prelude runs.
fn importer(py: Python<'_>) -> PyResult<Option<Importing>> {
    let Some(frame) = ffi::running(py) else { return Ok(None) };
    if frame.look()? != Some(Look::StarImport) {
        return Ok(None);
    }
    let copy = |all: &Vec<Importing>| {
        let Importing { module, state, order, prelude } = all.last()?;
        let (module, state) = (module.clone_ref(py), state.clone_ref(py));
        Some(Importing { module, state, order: Rc::clone(order), prelude: Rc::clone(prelude) })
    };
    Ok(IMPORTERS.with_borrow(copy).filter(|importer| {
        let dict = importer.state.get().dict(py);
        // `exec("from m import *", globals(), names)` binds elsewhere
        frame.globals.is(&dict) && frame.locals().is_some_and(|locals| locals.is(&dict))
    }))
}

/// Whether a module has pending names that may be copied: none of its own code is running at import.
fn is_source(state: &Bound<'_, ModuleState>) -> PyResult<bool> {
    let this = state.get();
    let idle = !this.finished() && this.importing.load(Ordering::Acquire) == 0;
    Ok(idle && !this.active_on(current_thread(state.py())?))
}

/// A module is asked for `__all__`, and has it: the names that are left to copy, when a star import has asked.
///
/// # Errors
/// What deferred code raises.
pub fn names_left<'py>(module: &Bound<'py, PyAny>, all: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let Some(from) = table::find(module) else { return Ok(all) };
    if !is_source(&from)? {
        return Ok(all);
    }
    let Some(importer) = importer(py)? else { return Ok(all) };
    let names: Vec<_> = match (all.cast_exact::<PyList>(), all.cast_exact::<PyTuple>()) {
        (Ok(list), _) => list.iter().collect(),
        (_, Ok(tuple)) => tuple.iter().collect(),
        // which may run code of its own
        _ => return Ok(all),
    };
    let copied = copy((module, &from), &importer, &names)?;
    Ok(PyList::new(py, &names[copied..])?.into_any())
}

/// A module is asked for `__dict__` by a star import, for want of an `__all__`: what is left to copy.
///
/// A package has as attributes the submodules that anything has imported, which are only known when nothing is pending in it.
///
/// # Errors
/// What deferred code raises.
pub fn copied<'py>(module: &Bound<'py, PyAny>, from: &Bound<'py, ModuleState>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = module.py();
    if from.get().package || !is_source(from)? {
        return Ok(None);
    }
    let Some(importer) = importer(py)? else { return Ok(None) };
    let this = from.get();
    // only what exists is in a dict
    for name in this.pending() {
        if !this.text(name).starts_with('_') && forwards::source_of(from, this.text(name)).is_none() {
            resolve::resolve_name(from, name)?;
        }
    }
    let is_private = |name: &Bound<'_, PyString>| name.to_str().is_ok_and(|name| name.starts_with('_'));
    let names = order::names(this, &this.dict(py)).into_iter();
    let names: Vec<_> = names.filter(|name| !name.cast::<PyString>().is_ok_and(is_private)).collect();
    let copied = copy((module, from), &importer, &names)?;
    let rest = PyDict::new(py);
    names[copied..].iter().try_for_each(|name| rest.set_item(name, py.None()))?;
    Ok(Some(rest))
}

/// Copies names into the importing module, in their order, and says how many: up to one that can't be copied.
fn copy(
    (module, from): (&Bound<'_, PyAny>, &Bound<'_, ModuleState>),
    importer: &Importing,
    names: &[Bound<'_, PyAny>],
) -> PyResult<usize> {
    let py = module.py();
    let (object, state) = (importer.module.bind(py), importer.state.bind(py));
    let this = state.get();
    let dict = this.dict(py);
    let source = |name: &Bound<'_, PyString>| {
        let text = name.to_str()?;
        // what the importing module binds itself has a place of its own
        let source = if this.position(text).is_none() { forwards::source_of(from, text) } else { None };
        let Some(source) = source else { return Ok(None) };
        // what it has already, code may read that has to run before it is bound again
        let free = match this.forwards.pending_place(text) {
            Some(place) => this.forwards.source(py, place).is_some_and(|other| other.is(&source)),
            None => !dict.contains(name)?,
        };
        let noticed = this.backend() != Backend::InCode || !forwards::may_mention(&importer.prelude, &this.image, text);
        Ok::<_, PyErr>((free && noticed).then_some(source))
    };
    // what has to run does so before the first name is copied: it may give values to others
    let mut found = names.len();
    for (place, name) in names.iter().enumerate() {
        let text = name.cast_exact::<PyString>().ok().filter(|name| name.to_str().is_ok());
        let result = match text {
            Some(text) if source(text)?.is_some() => continue,
            Some(text) => {
                forwards::before_binding(state, text.to_str()?)?;
                module.getattr(text).map(drop)
            }
            None => Err(PyAttributeError::new_err(())),
        };
        match result {
            Ok(()) => {}
            // the interpreter says so in its own words
            Err(error) if error.is_instance_of::<PyAttributeError>(py) => {
                found = place;
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let mut order = importer.order.try_borrow_mut().ok();
    let mut followed = false;
    for name in &names[..found] {
        let key = name.cast::<PyString>()?;
        let Some(source) = source(key)? else {
            dict.set_item(key, module.getattr(key)?)?;
            followed = false;
            continue;
        };
        // nothing in the dict may stand for it, and names that get their values move behind all others
        if let Some(order) = &mut order
            && !followed
        {
            order.follow(this, &dict)?;
        }
        followed = true;
        let position = forwards::add(state, key.to_str()?, source, &|| module::adopt_once(object, state))?;
        if let Some(order) = &mut order {
            order.expect(&[position]);
        }
    }
    Ok(found)
}

/// Whether the frame that is running is at a star import.
///
/// # Errors
/// Never in practice; what reading a frame's attributes raises.
pub fn is_running(py: Python<'_>) -> PyResult<bool> {
    let Some(frame) = ffi::running(py) else { return Ok(false) };
    Ok(frame.look()? == Some(Look::StarImport))
}

/// What a star import sees of a module whose own code is running, as in a circular import: all that an eager run would
/// have bound by then, which is what stands before the statements that are running.
///
/// # Errors
/// What deferred code raises.
pub fn bound_so_far<'py>(state: &Bound<'py, ModuleState>) -> PyResult<Bound<'py, PyDict>> {
    let py = state.py();
    let this = state.get();
    let running = (0u32..).zip(&this.image.units).filter(|(unit, _)| this.claims.runs(*unit)).map(|(_, unit)| unit);
    let line = running.filter_map(|unit| unit.lines.first()).map(|(first, _)| *first).min().unwrap_or(u32::MAX);
    for name in this.pending() {
        if this.is_forward(name) {
            forwards::resolve(state, name)?;
        } else if let Some(unit) = this.unit_of(name)
            && this.image.units[unit as usize].lines.first().is_some_and(|(first, _)| *first < line)
        {
            resolve::resolve_unit(state, unit, name)?;
        }
    }
    let seen = PyDict::new(py);
    for (key, value) in this.dict(py) {
        let pending = match key.cast::<PyString>() {
            Ok(text) => match text.to_str().ok().and_then(|text| this.position_or_forward(text)) {
                Some(name) => ffi::key::is(&key) || this.hook(py, name).is_some_and(|hook| hook.is(&value)),
                None => ffi::key::is(&key),
            },
            Err(_) => false,
        };
        if !pending {
            seen.set_item(key, value)?;
        }
    }
    Ok(seen)
}
