//! Resolving many modules: to a fixpoint, with errors collected.
//!
//! Deferred code may import more modules that are deferred, so one pass is not enough: it goes on until a pass finds
//! nothing new. A name whose unit has raised is not tried again in the same resolution. On 3.15 the lazy objects of
//! `lazy import` statements (PEP 810) are resolved too, in every matching module whether it is deferred or not, and the
//! names are bound to what they stand for, which the objects' own `resolve()` doesn't do.
//!
//! Separate from [`super::report`], which knows what a target is.

use std::collections::BTreeSet;
use std::sync::Mutex;

use pyo3::exceptions::{PyKeyboardInterrupt, PyModuleNotFoundError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::aliases::{self, Aliases};
use super::names::native_lazy;
use super::state::ModuleState;
use super::sync::lock;
use super::{ffi, resolve, sweep, table};

/// Names of modules that some resolution has found missing.
static MISSING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Whether a resolution has found that there is no such module.
#[must_use]
pub fn is_missing(name: &str) -> bool {
    lock(&MISSING).contains(name)
}

/// Which modules are meant: told all names of a module, its source path if it is known, and the modules that were
/// executing when it was imported.
pub type Wanted<'a> = &'a dyn Fn(&[String], Option<&str>, &[std::sync::Arc<str>]) -> bool;

/// A resolution under way.
#[derive(Default)]
pub struct Resolution {
    /// Qualified names that were pending and are resolved, in order.
    pub resolved: Vec<String>,
    /// Qualified names whose units raised, with what they raised.
    pub errors: Vec<(String, PyErr)>,
    /// The same names: not tried again.
    failed: BTreeSet<String>,
    /// Leaves the lazy objects of `lazy import` alone.
    pub without_lazy: bool,
}

impl Resolution {
    /// Resolves all that is pending in the modules that are wanted, to a fixpoint.
    ///
    /// # Errors
    /// `KeyboardInterrupt`; what deferred code raises is collected.
    pub fn matching(&mut self, py: Python<'_>, wanted: Wanted<'_>) -> PyResult<()> {
        loop {
            let before = self.resolved.len() + self.errors.len();
            let aliases = Aliases::now(py)?;
            for state in table::all(py) {
                let this = state.get();
                let path = (!this.path.is_empty()).then_some(this.path.as_str());
                if wanted(&aliases.of(py, this), path, &this.importers) {
                    self.module(&state)?;
                }
            }
            if native_lazy::available(py) && !self.without_lazy {
                self.lazy_imports(py, wanted)?;
            }
            if self.resolved.len() + self.errors.len() == before {
                return Ok(());
            }
        }
    }

    /// Resolves all that is pending in one module.
    ///
    /// # Errors
    /// As of [`Resolution::matching`].
    pub fn module(&mut self, state: &Bound<'_, ModuleState>) -> PyResult<()> {
        let this = state.get();
        for name in this.pending() {
            self.one(state, name)?;
        }
        sweep::sweep(state.py(), state)
    }

    /// Resolves one name, if it is pending.
    ///
    /// # Errors
    /// As of [`Resolution::matching`].
    pub fn name(&mut self, state: &Bound<'_, ModuleState>, name: &str) -> PyResult<()> {
        let this = state.get();
        if let Some(name) = this.position_or_forward(name)
            && this.pending().contains(&name)
        {
            self.one(state, name)?;
        }
        sweep::sweep(state.py(), state)
    }

    fn one(&mut self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()> {
        let this = state.get();
        let qualified = format!("{}.{}", this.name, this.text(name));
        if self.failed.contains(&qualified) {
            return Ok(());
        }
        let result = resolve::resolve_name(state, name).map(|_| ());
        self.note(state.py(), qualified, result)
    }

    /// Binds the names that hold lazy objects of the interpreter to what these stand for.
    fn lazy_imports(&mut self, py: Python<'_>, wanted: Wanted<'_>) -> PyResult<()> {
        for (name, object) in aliases::modules(py)? {
            let Some(dict) = ffi::raw_dict(&object) else { continue };
            let lazy: Vec<_> = dict.iter().filter(|(_, value)| native_lazy::is_lazy(value).unwrap_or(false)).collect();
            if lazy.is_empty() {
                continue;
            }
            let path = dict.get_item(intern!(py, "__file__"))?.and_then(|file| file.extract::<String>().ok());
            if !wanted(&Aliases::of_name(py, &name)?, path.as_deref(), &[]) {
                continue;
            }
            let own = table::find(&object);
            for (key, value) in lazy {
                let Ok(text) = key.extract::<String>() else { continue };
                let hooked = own.as_ref().is_some_and(|state| {
                    let position = state.get().position_or_forward(&text);
                    position.and_then(|name| state.get().hook(py, name)).is_some_and(|hook| hook.is(&value))
                });
                let qualified = format!("{name}.{text}");
                if !hooked && !self.failed.contains(&qualified) {
                    let result = rebind(&dict, &key, &value);
                    self.note(py, qualified, result)?;
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, py: Python<'_>, qualified: String, result: PyResult<()>) -> PyResult<()> {
        match result {
            Ok(()) => self.resolved.push(qualified),
            Err(error) if error.is_instance_of::<PyKeyboardInterrupt>(py) => return Err(error),
            Err(error) => {
                note_missing(py, &error);
                self.failed.insert(qualified.clone());
                self.errors.push((qualified, error));
            }
        }
        Ok(())
    }
}

/// Resolves a lazy object of the interpreter and binds the name, unless it has been bound otherwise meanwhile.
fn rebind(dict: &Bound<'_, PyDict>, key: &Bound<'_, PyAny>, lazy: &Bound<'_, PyAny>) -> PyResult<()> {
    let meant = native_lazy::meant(lazy)?;
    match dict.get_item(key)? {
        Some(value) if value.is(lazy) => dict.set_item(key, meant),
        _ => Ok(()),
    }
}

/// Remembers the module that an error, or what it comes from, says is missing.
fn note_missing(py: Python<'_>, error: &PyErr) {
    let mut next = Some(error.clone_ref(py));
    while let Some(error) = next {
        if error.is_instance_of::<PyModuleNotFoundError>(py)
            && let Ok(name) = error.value(py).getattr(intern!(py, "name"))
            && let Ok(name) = name.cast::<PyString>()
        {
            lock(&MISSING).insert(name.to_string_lossy().into_owned());
        }
        next = error.cause(py);
    }
}
