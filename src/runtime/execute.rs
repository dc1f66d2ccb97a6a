//! Executing a module deferred: its prelude, its hook, and what is left pending.
//!
//! The import-time half of a deferred module's life: from the loader's call until the import ends. The steps of the prelude
//! alternate between making names pending and running code, so that code at import sees exactly the names that an eager
//! run would have bound by then.
//!
//! ```python
//! import os            # announced: `os` is pending from here on
//! register(os.name)    # run: resolves `os`, does not see `late`
//! late = 1 + int("1")  # announced after it
//! ```

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};

use super::context::{CompleteImports, Imports};
use super::early::{Early, HeadStart};
use super::names::{self, in_code, key_hook};
use super::order::Order;
use super::state::ModuleState;
use super::sync::{current_thread, lock};
use super::{audit, complete, events, ffi, interpreter, module, resolve, star_import, sweep, table};
use crate::image::{Image, Step};

/// How a module is told to run code so that importlib's own frames are cut from tracebacks
/// (`_bootstrap._call_with_frames_removed`).
pub type Runner<'a, 'py> = &'a dyn Fn(&Bound<'py, PyAny>, &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>>;

/// Executes a module deferred: runs its prelude, the early units of `start` and the hook, and leaves the rest pending.
///
/// # Errors
/// What the prelude or the hook raises; `TypeError` when the hook returns something other than `None` or a mapping; what an
/// audit hook raises.
pub fn execute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Arc<str>,
    path: &str,
    (mut image, start): (Image, HeadStart),
    run: Runner<'_, 'py>,
) -> PyResult<()> {
    let py = object.py();
    audit::raise(py, c"atimport.defer", || Ok((&**name, path)))?;
    let dict =
        ffi::raw_dict(object).ok_or_else(|| PyTypeError::new_err("a deferred module must be a module object"))?;
    // `exec` does this before it runs a module's first line; units run past it
    let builtins = intern!(py, "__builtins__");
    if !dict.contains(builtins)? {
        dict.set_item(builtins, interpreter::builtins(py)?.getattr(intern!(py, "__dict__"))?)?;
    }
    let prelude = Rc::new(std::mem::take(&mut image.prelude));
    let hook = image.hook;
    let package = dict.contains(intern!(py, "__path__"))?;
    // the module's reference and ours
    let shared = ffi::reference_count(dict.as_any()) > 2;
    let backend = names::choose(py, &image, shared);
    let mut state = ModuleState::new(name.clone(), path.to_owned(), package, image, backend, dict.clone().unbind());
    state.record = start.record;
    // who executes a module again has the old values
    let early = if shared { &[] } else { start.units.as_slice() };
    let checked = Imports::Checked.active();
    let mut early = Early::of(&mut state, &prelude, early, checked && !shared);
    let state = Bound::new(py, state)?;
    let this = state.get();
    events::started(
        name,
        events::Counts {
            units: this.image.units.len(),
            names: this.image.names.len(),
            backend: backend.label(),
            ..Default::default()
        },
    );
    let adopt = || module::adopt_once(object, &state);
    if package || (!this.image.units.is_empty() && !early.complete()) {
        adopt()?;
    }
    this.importing.store(current_thread(py)?, Ordering::Release);
    let order = Rc::new(RefCell::new(Order::of(this)));
    let importer = star_import::Importer::begin(object, &state, &order, &prelude);
    let ran = run_prelude(&state, &prelude, &mut early, &order, (run, &adopt))
        .and_then(|()| if checked && shared { resolve::run_what_may_fail(&state) } else { Ok(()) })
        .and_then(|()| if hook { call_hook(&dict, name, run) } else { Ok(()) });
    let ran = match ran {
        Err(error) if checked && error.is_instance_of::<PyException>(py) => {
            Err(early.run_before_failure(&state).err().unwrap_or(error))
        }
        ran => ran,
    };
    drop(importer);
    this.importing.store(0, Ordering::Release);
    if this.is_adopted() {
        table::loosen(&state);
    }
    if ran.is_err() {
        this.failed.store(true, Ordering::Release);
        // what stands behind the statement that raised never runs; who holds the module, as after a reload, has the rest
        this.claims.give_up(|unit| {
            let names = &this.unit_names[unit as usize];
            !names.is_empty() && !names.iter().any(|name| this.is_pending(*name))
        });
        return ran;
    }
    if early.complete() && this.forwards.is_empty() {
        this.clean.store(true, Ordering::Release);
    } else {
        order.borrow_mut().follow(this, &dict)?;
        *lock(&this.order) = order.take().into_keys();
    }
    events::imported(name, this.pending().len());
    if this.image.namespace_readers && !this.finished() {
        key_hook::watch_namespace(&state)?;
    }
    if CompleteImports::active() {
        complete::complete_module(&state)?;
    }
    if this.finished() {
        sweep::sweep(py, &state)?;
    }
    Ok(())
}

fn run_prelude<'py>(
    state: &Bound<'py, ModuleState>,
    prelude: &[Step],
    early: &mut Early,
    order: &RefCell<Order>,
    (run, adopt): (Runner<'_, 'py>, &dyn Fn() -> PyResult<()>),
) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let dict = this.dict(py);
    let mut completing = None;
    // what is in order anyway needs no following
    let follow = |early: &Early| {
        if early.complete() && this.forwards.is_empty() { Ok(()) } else { order.borrow_mut().follow(this, &dict) }
    };
    follow(early)?;
    for step in prelude {
        match step {
            Step::Announce(first, end) => early.announce(state, (*first, *end), &mut order.borrow_mut(), adopt)?,
            Step::Run(code) => {
                let object = resolve::unmarshalled(py, &code.marshalled)?;
                in_code::attach(state, &object, &code.mentions, None)?;
                run(&object, &PyTuple::new(py, [dict.as_any()])?)?;
            }
            Step::CompleteModules => {
                completing.get_or_insert_with(CompleteImports::begin);
                complete::complete_modules(py)?;
            }
            Step::CompleteNamespace => complete::complete_namespace(state)?,
        }
        follow(early)?;
    }
    early.run_waiting(state, u32::MAX)
}

/// Calls the module's hook and binds what it returns.
///
/// # Errors
/// What the hook raises; `TypeError` when it returns something other than `None` or a mapping.
pub fn call_hook<'py>(dict: &Bound<'py, PyDict>, name: &str, run: Runner<'_, 'py>) -> PyResult<()> {
    let py = dict.py();
    let Some(hook) = dict.get_item(intern!(py, "__at_import__"))? else { return Ok(()) };
    if hook.is_none() {
        return Ok(());
    }
    let returned = run(&hook, &PyTuple::empty(py))?;
    if returned.is_none() {
        return Ok(());
    }
    let Ok(bindings) = returned.cast::<PyMapping>() else {
        return Err(PyTypeError::new_err(format!(
            "__at_import__() of {name} returned {}, expected None or a mapping of names to bind",
            returned.get_type().qualname()?
        )));
    };
    for item in bindings.items()?.iter() {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let Ok(text) = key.cast_exact::<PyString>() else {
            return Err(PyTypeError::new_err(format!(
                "__at_import__() of {name} returned a mapping with the key {}, expected names",
                key.repr()?
            )));
        };
        // the hook comes after the module's body: what binds the name, and what reads it, runs first
        if let Ok(text) = text.to_str() {
            module::before_binding(dict, text)?;
        }
        dict.set_item(text, value)?;
    }
    Ok(())
}
