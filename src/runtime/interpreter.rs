//! The interpreter's own modules, captured once when atimport is installed.
//!
//! Which question does this file answer? "Where does the runtime get `sys` from, while it must not import?" An import goes
//! through `builtins.__import__` and `sys.modules`, and programs replace both for a while: tests put an `__import__` there
//! that raises, or `None` in the place of a module. Touching a deferred name must not notice.
//!
//! ```python
//! with mock.patch("builtins.__import__", side_effect=ImportError):
//!     m.value             # deferred: runs, as it would have been there after an eager import
//! ```
//!
//! Attributes that programs replace on purpose (`sys.modules`, `sys.meta_path`, ...) are read each time.

use std::sync::OnceLock;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The captured modules.
pub struct Interpreter {
    sys: Py<PyAny>,
    builtins: Py<PyAny>,
    gc: Py<PyAny>,
    bootstrap: Py<PyAny>,
    external: Py<PyAny>,
    get_frame: Py<PyAny>,
    loads: Py<PyAny>,
}

static INTERPRETER: PyOnceLock<Interpreter> = PyOnceLock::new();

/// The minor version of the interpreter, 3.*minor*: asked at every import, and PyO3 reads it out of a text each time.
pub fn minor(py: Python<'_>) -> u8 {
    static MINOR: OnceLock<u8> = OnceLock::new();
    *MINOR.get_or_init(|| py.version_info().minor)
}

/// The captured modules; captured by the first call, which installing makes.
///
/// # Errors
/// When an interpreter lacks one of them; then atimport can't be installed.
pub fn interpreter(py: Python<'_>) -> PyResult<&'static Interpreter> {
    // built-in and frozen modules only: nothing here can come back to this cell
    INTERPRETER.get_or_try_init(py, || {
        let sys = py.import("sys")?;
        Ok(Interpreter {
            get_frame: sys.getattr("_getframe")?.unbind(),
            loads: py.import("marshal")?.getattr("loads")?.unbind(),
            sys: sys.into_any().unbind(),
            builtins: py.import("builtins")?.into_any().unbind(),
            gc: py.import("gc")?.into_any().unbind(),
            bootstrap: py.import("_frozen_importlib")?.into_any().unbind(),
            external: py.import("_frozen_importlib_external")?.into_any().unbind(),
        })
    })
}

/// `sys`.
///
/// # Errors
/// As [`interpreter`].
pub fn sys(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.sys.bind(py))
}

/// `builtins`.
///
/// # Errors
/// As [`interpreter`].
pub fn builtins(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.builtins.bind(py))
}

/// `gc`.
///
/// # Errors
/// As [`interpreter`].
pub fn gc(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.gc.bind(py))
}

/// `importlib._bootstrap`.
///
/// # Errors
/// As [`interpreter`].
pub fn bootstrap(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.bootstrap.bind(py))
}

/// `importlib._bootstrap_external`.
///
/// # Errors
/// As [`interpreter`].
pub fn external(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.external.bind(py))
}

/// `marshal.loads`.
///
/// # Errors
/// As [`interpreter`].
pub fn loads(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(interpreter(py)?.loads.bind(py))
}

/// `sys.modules`, as it is now.
///
/// # Errors
/// When somebody has deleted it.
pub fn modules(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    sys(py)?.getattr(intern!(py, "modules"))
}

/// The Python frame that is running: native functions have none.
///
/// # Errors
/// When none is.
pub fn frame(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    interpreter(py)?.get_frame.bind(py).call0()
}
