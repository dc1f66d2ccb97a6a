//! Names that are not there yet, because threads wait for each other.
//!
//! What would be a deadlock becomes what a circular import is: one of the threads goes on, and sees of the module what has
//! been bound by then. When the name that it wants has not, it gets the error of a circular import, with the circle.
//!
//! ```python
//! # one.py: value = two.value + 1        thread 1 touches one.value, and then needs two.value
//! # two.py: value = one.value + 1        thread 2 touches two.value, and then needs one.value
//! ```
//!
//! One of them is told; its unit is pending again, so the other runs it, and is in a circle of its own.

use pyo3::exceptions::{PyAttributeError, PyImportError, PyNameError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::bytecode::Look;
use super::ffi;
use super::state::ModuleState;
use crate::error::DeferredExecutionError;

/// How a name is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// By code of the module itself.
    Global,
    /// By `module.name`, which can't do without.
    Attribute,
    /// By `from module import name`, which would turn an `AttributeError` into its own words.
    From,
    /// By a call such as `getattr(module, name, default)` or `hasattr`, which may do without.
    Call,
}

/// Whether a name whose unit another thread is running has been bound by now, so that the lookup that came upon its key may
/// go on to find it.
///
/// # Errors
/// [`missing`] when it has not.
pub fn found(state: &Bound<'_, ModuleState>, text: &str, circle: &str) -> PyResult<bool> {
    let py = state.py();
    let dict = state.get().dict(py);
    let plain = |key: &Bound<'_, PyAny>| {
        !ffi::key::is(key) && key.cast::<PyString>().is_ok_and(|key| key.to_str().is_ok_and(|key| key == text))
    };
    if dict.keys().iter().any(|key| plain(&key)) {
        return Ok(false);
    }
    Err(missing(py, state.get(), text, lookup(state)?, circle))
}

/// The error for a name that is not there yet.
pub fn missing(py: Python<'_>, state: &ModuleState, text: &str, lookup: Lookup, why: &str) -> PyErr {
    let (module, path) = (&state.name, &state.path);
    let attribute = format!("partially initialized module '{module}' from '{path}' has no attribute '{text}' ({why})");
    match lookup {
        Lookup::Global => {
            PyNameError::new_err(format!("name '{text}' is not defined yet in module '{module}' ({why})"))
        }
        Lookup::From => PyImportError::new_err(format!(
            "cannot import name '{text}' from partially initialized module '{module}' ({why}) ({path})"
        )),
        Lookup::Call => PyAttributeError::new_err(attribute),
        Lookup::Attribute => {
            // the module would replace an `AttributeError` by one that doesn't say why (`module_getattro`,
            // Objects/moduleobject.c)
            let error = DeferredExecutionError::new_err(format!("AttributeError: {attribute}"));
            error.set_cause(py, Some(PyAttributeError::new_err(attribute)));
            error
        }
    }
}

/// How the frame that is running looks a name of the module up.
///
/// # Errors
/// Never in practice; what reading a frame's attributes raises.
pub fn lookup(state: &Bound<'_, ModuleState>) -> PyResult<Lookup> {
    let py = state.py();
    let Some(frame) = ffi::running(py) else { return Ok(Lookup::Call) };
    match frame.look()? {
        Some(Look::ImportFrom) => return Ok(Lookup::From),
        Some(Look::Attribute) => return Ok(Lookup::Attribute),
        Some(Look::StarImport) | None => {}
    }
    let own = frame.globals.is(state.get().dict(py));
    Ok(if own { Lookup::Global } else { Lookup::Call })
}
