//! Threads at the interpreter's end.
//!
//! Before 3.14, a thread that is still running when the interpreter has ended is ended with it as soon as it asks for the
//! GIL, by `pthread_exit`, which unwinds its stack (`take_gil`, Python/ceval_gil.c). Frames of C let that happen; Rust must
//! not be unwound like this and aborts the process. So such a thread sleeps for ever instead, as on 3.14 and newer.
//!
//! ```python
//! threading.Thread(target=lambda: m.slow, daemon=True).start()      # still runs a unit when the program ends
//! ```

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// While it lives, a thread that is unwound by something other than a panic stays where it is.
struct Stay;

impl Drop for Stay {
    fn drop(&mut self) {
        while cfg!(not(Py_3_14)) && !std::thread::panicking() {
            std::thread::park();
        }
    }
}

/// Calls something that may run Python code, at whose end the interpreter may be gone.
pub fn staying<T>(body: impl FnOnce() -> T) -> T {
    let stay = Stay;
    let result = body();
    std::mem::forget(stay);
    result
}

unsafe extern "C-unwind" {
    /// As in PyO3, where it is declared not to unwind.
    fn PyEval_EvalCode(
        code: *mut ffi::PyObject,
        globals: *mut ffi::PyObject,
        locals: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
    /// As in PyO3, where it is declared not to unwind.
    fn PyObject_Call(
        callable: *mut ffi::PyObject,
        arguments: *mut ffi::PyObject,
        options: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
}

/// Executes a code object with `dict` as globals and locals, as `exec(code, dict)` does, without a Python frame between.
///
/// # Errors
/// Whatever the code raises; `TypeError` when `code` is not a code object.
pub fn run_code(code: &Bound<'_, PyAny>, dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = code.py();
    // SAFETY: checked to be a code object; both outlive the call. Not guaranteed: that the code itself is valid bytecode,
    // which is why it only ever comes from `compile` or from a checksummed image written by this interpreter version.
    unsafe {
        if ffi::PyCode_Check(code.as_ptr()) == 0 {
            return Err(pyo3::exceptions::PyTypeError::new_err("a unit is not a code object"));
        }
        let result = staying(|| PyEval_EvalCode(code.as_ptr(), dict.as_ptr(), dict.as_ptr()));
        if result.is_null() {
            return Err(PyErr::fetch(py));
        }
        ffi::Py_DECREF(result);
    }
    Ok(())
}

/// Calls a function that runs for as long as a module's code does.
///
/// # Errors
/// Whatever it raises.
pub fn call<'py>(function: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: live objects, a tuple, no keywords; the result is a new reference or null with an exception set. Nothing of
    // this frame needs to be dropped when the call never returns.
    unsafe {
        let result = staying(|| PyObject_Call(function.as_ptr(), arguments.as_ptr(), std::ptr::null_mut()));
        Bound::from_owned_ptr_or_err(function.py(), result)
    }
}
