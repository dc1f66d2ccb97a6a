//! The interpreter's own lazy objects, on 3.15 and newer.
//!
//! `types.LazyImportType` can't be instantiated, but the statement `lazy from X import a` run in a namespace whose
//! `__builtins__` hold our own `__import__` makes a lazy object that calls *our* import function when the interpreter
//! looks the name up (`_PyImport_LoadLazyImportTstate`, Python/import.c), and then reads the attribute `a` of what that
//! returned. Ours runs the unit and returns an object that has just this attribute. One statement makes an example; all others
//! are copies of it ([`lazy_object`](super::super::ffi::lazy_object)), at a fiftieth of the price.
//!
//! What lazy objects lack is added here: once-only execution (they have no guard: the claims do that), the pollution of
//! `sys.lazy_modules` (taken back), a filter that would veto the example (set aside while it is made), plain stores that replace
//! one silently (noticed when the unit starts, and put back on top when it ends).

use std::ffi::CStr;

use pyo3::exceptions::{PyAttributeError, PyBaseException, PyNameError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::super::ffi::lazy_object::Example;
use super::super::resolve::{self, Touched};
use super::super::state::ModuleState;
use super::super::sync::{Status, current_thread, lock};
use super::super::{context, ffi, interpreter, partial};
use super::{Backend, Hooks, key_hook};

/// The module name that stands in the `lazy` statement; it names no module, and shows in the interpreter's note on errors.
const ORIGIN: &str = "__atimport__";

/// Its file: tracers and debuggers must not take it for a line of the module's.
const FILE: &CStr = c"<atimport>";

/// A statement, and the name that it binds.
const STATEMENT: &CStr = c"lazy from __atimport__ import name";
const NAME: &str = "name";

/// The back end; stateless.
pub struct NativeLazy;

/// Whether this interpreter has lazy objects, and they are such as are known.
pub fn available(py: Python<'_>) -> bool {
    example(py).is_ok_and(|example| example.is_some())
}

/// The import function of one module's lazy objects.
#[pyclass(frozen, module = "atimport._native")]
struct LazyImporter {
    state: Py<ModuleState>,
}

#[pymethods]
impl LazyImporter {
    #[pyo3(signature = (_name, globals=None, _locals=None, fromlist=None, _level=0))]
    fn __call__(
        &self,
        py: Python<'_>,
        _name: &Bound<'_, PyAny>,
        globals: Option<&Bound<'_, PyAny>>,
        _locals: Option<&Bound<'_, PyAny>>,
        fromlist: Option<&Bound<'_, PyAny>>,
        _level: i32,
    ) -> PyResult<Resolved> {
        let state = self.state.bind(py);
        let this = state.get();
        let text: String =
            fromlist.ok_or_else(|| PyRuntimeError::new_err("a lazy object without a name"))?.get_item(0)?.extract()?;
        let Some(name) = this.position_or_forward(&text) else {
            return Err(PyRuntimeError::new_err(format!("{text:?} is not a pending name of {}", this.name)));
        };
        let dict = this.dict(py);
        let touched = resolve::resolve_name(state, name)?;
        if touched != Touched::Partial
            && let Some(value) = dict.get_item(&text)?
            && this.hook(py, name).is_none_or(|hook| !hook.is(&value))
        {
            if !is_lazy(&value)? {
                return Ok(Resolved { value: value.unbind() });
            }
            // the module's own `lazy import` (PEP 810): whoever touched the name wants what it stands for, and the
            // interpreter, which rebinds the name itself, has seen another lazy object there
            let meant = meant(&value)?;
            dict.set_item(&text, &meant)?;
            return Ok(Resolved { value: meant.unbind() });
        }
        if let Touched::Deadlock(circle) = &touched {
            return Err(partial::missing(py, this, &text, partial::lookup(state)?, circle));
        }
        // a lookup as a global comes with the module's own dict, an attribute access does not
        if globals.is_some_and(|globals| globals.is(&dict)) {
            Err(PyNameError::new_err(format!("name '{text}' is not defined")))
        } else {
            Err(not_yet(this, &text))
        }
    }

    /// Lazy objects hold this, and the state holds the dict that holds them: without the collector's knowledge, a module that
    /// is unloaded while names are pending would stay for ever. Who breaks the circle is the dict.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.state)
    }
}

/// The words of `module_getattro` (Objects/moduleobject.c).
fn not_yet(state: &ModuleState, text: &str) -> PyErr {
    PyAttributeError::new_err(format!(
        "partially initialized module '{}' from '{}' has no attribute '{text}' (most likely due to a circular import)",
        state.name, state.path
    ))
}

/// Before an attribute is read while a unit of the module runs. One that has bound the name, and has not run to its end, has
/// stored over the lazy object; and a lazy object that this thread is looking up the interpreter refuses to look up again
/// (`ImportCycleError`), whether its unit runs by now or only what that needs.
///
/// # Errors
/// What the unit raises; the error of a circular import.
pub fn before_read(state: &Bound<'_, ModuleState>, text: &str) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let name = this.position(text).filter(|_| this.backend() == Backend::Lazy);
    let Some((name, unit)) = name.and_then(|name| Some((name, this.image.names[name as usize].unit?))) else {
        return Ok(());
    };
    let own = match this.claims.status(unit) {
        Status::Running(owner) => owner == current_thread(py)?,
        // further out, what the unit needs is running
        Status::Pending if context::wants(&this.name, text) => false,
        _ => return Ok(()),
    };
    let touched = if own { Touched::Partial } else { resolve::resolve_unit(state, unit, name)? };
    let dict = this.dict(py);
    let found = dict.get_item(text)?;
    let bound = found.as_ref().is_none_or(|value| !this.hook(py, name).is_some_and(|hook| hook.is(value)));
    if touched == Touched::Partial && (found.is_none() || !bound) {
        context::note_circle();
    }
    match touched {
        Touched::Deadlock(circle) if !bound => Err(partial::missing(py, this, text, partial::lookup(state)?, &circle)),
        Touched::Partial if !bound && !dict.contains(intern!(py, "__getattr__"))? => Err(not_yet(this, text)),
        _ => Ok(()),
    }
}

/// An attribute could not be read. That the interpreter refuses a lazy object of ours, which it is looking up further out, is
/// no error to whoever asks without `LOAD_ATTR` (`_Py_module_getattro_impl`, Objects/moduleobject.c): the attribute isn't there
/// yet, as in a circular import.
pub fn refused(state: &Bound<'_, ModuleState>, text: &str, error: PyErr) -> PyErr {
    let py = state.py();
    let value = error.value(py);
    let named = |error: &Bound<'_, PyBaseException>| {
        Ok::<_, PyErr>(
            error.get_type().name()? == "ImportCycleError"
                && error.getattr(intern!(py, "name"))?.eq(ORIGIN)?
                && error.str()?.to_str()?.starts_with(&format!("cannot import name '{ORIGIN}.{text}' ")),
        )
    };
    if named(value).unwrap_or(false) { not_yet(state.get(), text) } else { error }
}

/// What our import function returns: every attribute, whatever its name, is the value that was asked for.
#[pyclass(frozen, module = "atimport._native")]
struct Resolved {
    value: Py<PyAny>,
}

#[pymethods]
impl Resolved {
    fn __getattribute__(&self, py: Python<'_>, _name: &Bound<'_, PyAny>) -> Py<PyAny> {
        self.value.clone_ref(py)
    }
}

/// Whether an object is a lazy object of the interpreter, ours or that of a `lazy import`.
///
/// # Errors
/// When the interpreter has none.
pub fn is_lazy(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static LAZY: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    // `types` has been imported when atimport was installed, so nothing runs here
    Ok(object.get_type().is(LAZY.import(object.py(), "types", "LazyImportType")?))
}

/// What a lazy object stands for.
///
/// # Errors
/// What importing it raises.
pub fn meant<'py>(lazy: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    lazy.call_method0(intern!(lazy.py(), "resolve"))
}

/// What a statement `lazy from … import …` makes, which all lazy objects are copies of; nothing when the interpreter has no such
/// statement, or makes something else of it.
///
/// (`__lazy_import__` would do without the statement, but in 3.15.2 it loses a reference to the builtins at every call.)
fn example(py: Python<'_>) -> PyResult<Option<&'static Example>> {
    static EXAMPLE: PyOnceLock<Option<Example>> = PyOnceLock::new();
    let made = EXAMPLE.get_or_try_init(py, || if interpreter::minor(py) < 15 { Ok(None) } else { first(py) });
    made.map(Option::as_ref)
}

fn first(py: Python<'_>) -> PyResult<Option<Example>> {
    let sys = interpreter::sys(py)?;
    let code = ffi::compiled(py, STATEMENT, FILE)?;
    let name = PyString::intern(py, NAME);
    let lazy_import = intern!(py, "__lazy_import__");
    let builtins = PyDict::new(py);
    builtins.set_item(lazy_import, interpreter::builtins(py)?.getattr(lazy_import)?)?;
    let scratch = PyDict::new(py);
    scratch.set_item(intern!(py, "__builtins__"), &builtins)?;
    scratch.set_item(intern!(py, "__name__"), ORIGIN)?;
    let filter = sys.call_method0(intern!(py, "get_lazy_imports_filter"))?;
    if !filter.is_none() {
        // a filter decides about import statements; this is no program's
        sys.call_method1(intern!(py, "set_lazy_imports_filter"), (py.None(),))?;
    }
    let ran = ffi::exit::run_code(&code, &scratch);
    if !filter.is_none() {
        sys.call_method1(intern!(py, "set_lazy_imports_filter"), (filter,))?;
    }
    ran?;
    let entries = PyList::new(py, [ORIGIN.to_owned(), format!("{ORIGIN}.{NAME}")])?;
    sys.getattr(intern!(py, "lazy_modules"))?.call_method1(intern!(py, "difference_update"), (entries,))?;
    match scratch.get_item(&name)? {
        Some(made) if is_lazy(&made)? => Example::of(&made, &builtins, &name),
        _ => Ok(None),
    }
}

/// What the lazy objects of a module declare: that our own import function is called for them.
fn declaration<'py>(state: &Bound<'py, ModuleState>, example: &Example) -> PyResult<Bound<'py, PyAny>> {
    let py = state.py();
    let this = state.get();
    if let Some(declaration) = &*lock(&this.declaration) {
        return Ok(declaration.bind(py).clone());
    }
    let builtins = PyDict::new(py);
    builtins.set_item(intern!(py, "__import__"), Py::new(py, LazyImporter { state: state.clone().unbind() })?)?;
    let made = example.declaration(&builtins)?;
    Ok(lock(&this.declaration).get_or_insert(made.unbind()).bind(py).clone())
}

impl Hooks for NativeLazy {
    fn announce(&self, state: &Bound<'_, ModuleState>, names: &[u32]) -> PyResult<()> {
        let py = state.py();
        let this = state.get();
        let dict = this.dict(py);
        let example =
            example(py)?.ok_or_else(|| PyRuntimeError::new_err("lazy objects of another make than is known"))?;
        let declaration = declaration(state, example)?;
        for &name in names {
            let text = this.key(py, name);
            let hook = example.placeholder(&declaration, &text)?;
            let previous = dict.get_item(&text)?.map(Bound::unbind);
            dict.set_item(&text, &hook)?;
            this.with_slot(name, |slot| {
                slot.previous = previous;
                slot.hook = Some(hook.unbind());
                slot.pending = true;
            });
        }
        Ok(())
    }

    fn begin(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        let py = state.py();
        let this = state.get();
        let dict = this.dict(py);
        // with other threads about, the hooks stay in place so that they wait; alone, the unit sees what an eager run sees
        let mut alone = None;
        for &name in &this.unit_names[unit as usize] {
            let Some(hook) = this.hook(py, name) else { continue };
            let text = this.key(py, name);
            let alone = match alone {
                Some(alone) => alone,
                None => *alone.insert(ffi::is_alone(py)),
            };
            if !dict.get_item(&text)?.is_some_and(|value| value.is(&hook)) {
                continue;
            }
            let previous = this.with_slot(name, |slot| slot.previous.as_ref().map(|value| value.clone_ref(py)));
            match previous {
                Some(value) => dict.set_item(text, value)?,
                None if alone => dict.del_item(text)?,
                None => {}
            }
        }
        Ok(())
    }

    fn settle(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        let py = state.py();
        let this = state.get();
        let dict = this.dict(py);
        for &name in &this.unit_names[unit as usize] {
            take_hook(this, &dict, name)?;
            let previous = this.with_slot(name, |slot| slot.previous.take());
            drop(previous.map(|previous| previous.into_bound(py)));
        }
        Ok(())
    }

    fn withdraw(&self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
        take_hook(state.get(), &state.get().dict(state.py()), name)
    }

    fn bind(&self, state: &Bound<'_, ModuleState>, name: u32, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let this = state.get();
        let dict = this.dict(state.py());
        let hook = this.hook(state.py(), name);
        let key = this.key(state.py(), name);
        // what has been stored over it came later
        if let Some(hook) = hook
            && dict.get_item(&key)?.is_some_and(|found| found.is(&hook))
        {
            dict.set_item(key, value)?;
        }
        take_hook(this, &dict, name)
    }

    fn roll_back(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
        let py = state.py();
        let this = state.get();
        for &name in &this.unit_names[unit as usize] {
            if let Some(hook) = this.hook(py, name) {
                this.dict(py).set_item(this.key(py, name), hook)?;
            } else if this.is_expected(unit) {
                key_hook::remove(&this.dict(py), &this.key(py, name))?;
            }
        }
        Ok(())
    }
}

/// Takes the lazy objects of all pending names out of the dict. A value that stands in the place of one, because its unit is
/// running and has stored it, stays.
///
/// # Errors
/// `MemoryError`.
pub fn take_hooks(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    let dict = this.dict(state.py());
    this.pending().into_iter().try_for_each(|name| take_hook(this, &dict, name))
}

/// Takes one lazy object out of the slot, and out of the dict if it is still there.
fn take_hook(state: &ModuleState, dict: &Bound<'_, PyDict>, name: u32) -> PyResult<()> {
    let hook = state.with_slot(name, |slot| {
        slot.pending = false;
        slot.hook.take()
    });
    let Some(hook) = hook else { return Ok(()) };
    let hook = hook.into_bound(dict.py());
    let text = state.key(dict.py(), name);
    if dict.get_item(&text)?.is_some_and(|value| value.is(&hook)) {
        dict.del_item(text)?;
    }
    Ok(())
}

/// Values that were stored over hooks without anyone noticing (`f.__globals__["x"] = 1`): they win over the unit's own.
///
/// # Errors
/// `MemoryError`.
pub fn stored_over<'py>(state: &Bound<'py, ModuleState>, unit: u32) -> PyResult<Vec<(u32, Option<Bound<'py, PyAny>>)>> {
    let py = state.py();
    let this = state.get();
    let dict = this.dict(py);
    let mut found = Vec::new();
    for &name in &this.unit_names[unit as usize] {
        let Some(hook) = this.hook(py, name) else { continue };
        let current = dict.get_item(this.key(py, name))?;
        if !current.as_ref().is_some_and(|value| value.is(&hook)) {
            found.push((name, current));
        }
    }
    Ok(found)
}

/// Puts back what [`stored_over`] found.
///
/// # Errors
/// `MemoryError`.
pub fn restore_stored(state: &Bound<'_, ModuleState>, values: Vec<(u32, Option<Bound<'_, PyAny>>)>) -> PyResult<()> {
    let this = state.get();
    let dict = this.dict(state.py());
    for (name, value) in values {
        match value {
            Some(value) => dict.set_item(this.key(dict.py(), name), value)?,
            None => drop(dict.del_item(this.key(dict.py(), name))),
        }
    }
    Ok(())
}
