//! Audit events (PEP 578): code that a native loader executes is invisible to hooks otherwise.
//!
//! | event | arguments | raised |
//! |---|---|---|
//! | `atimport.defer` | module, path | before a module's execution is deferred |
//! | `atimport.execute` | module, names (tuple), lines (str) | before a unit runs |
//! | `atimport.override` | action, pattern, owner, reason | before a rule is added or withdrawn, or the registry frozen |
//! | `atimport.seal` | allowed patterns (tuple), mode | before the process is sealed |
//!
//! A hook that raises stops what the event announces: nothing has happened yet, and a unit stays pending.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

/// Raises an event.
///
/// # Errors
/// What a hook raises.
pub fn raise<'py>(py: Python<'py>, event: &str, arguments: &[Bound<'py, PyAny>]) -> PyResult<()> {
    static AUDIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // a built-in module, imported long ago
    let audit = AUDIT.import(py, "sys", "audit")?;
    let mut all = Vec::with_capacity(arguments.len() + 1);
    all.push(pyo3::types::PyString::intern(py, event).into_any());
    all.extend_from_slice(arguments);
    audit.call1(PyTuple::new(py, all)?)?;
    Ok(())
}
