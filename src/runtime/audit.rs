//! Audit events (PEP 578): code that a native loader executes is invisible to hooks otherwise.
//!
//! | event | arguments | raised |
//! |---|---|---|
//! | `atimport.defer` | module, path | before a module's execution is deferred |
//! | `atimport.execute` | module, names (tuple), lines (str) | before a unit runs |
//! | `atimport.override` | action, pattern, owner, reason | before a rule is added or withdrawn, or the registry frozen |
//! | `atimport.seal` | allowed patterns (tuple), mode | before the process is sealed |
//!
//! A hook that raises stops what the event announces: nothing has happened yet, and a unit stays pending. Where there is no
//! hook, the arguments are not made.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::ffi;

/// Raises an event.
///
/// # Errors
/// What a hook raises.
pub fn raise<'py, T>(py: Python<'py>, event: &CStr, arguments: impl FnOnce() -> PyResult<T>) -> PyResult<()>
where
    T: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error: Into<PyErr>>,
{
    ffi::audit(py, event, |py| arguments()?.into_pyobject(py).map_err(Into::into))
}
