//! The code of a script, compiled as the interpreter compiles the script that it runs itself.
//!
//! Separate from [`super::compile`], which compiles units: here nothing is split. The built-in `compile` asks whether it was
//! given a syntax tree, and for that makes all classes of `ast` when it is called first: a millisecond of each start.
//!
//! ```python
//! exec(_native.compile_script(b"# coding: latin-1\nprint(__name__)", b"/folder/script.py"), namespace)
//! ```

use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::types::PyCode;
use pyo3::types::code::PyCodeInput;

/// Compiles a source, as read from the file `path` (encoded as `os.fsencode` does); inherits nothing from who asks.
///
/// # Errors
/// `SyntaxError`; `ValueError` for a null byte in either, which no compiler takes.
pub fn compile<'py>(py: Python<'py>, source: &[u8], path: &[u8]) -> PyResult<Bound<'py, PyCode>> {
    let source = CString::new(source)?;
    let path = CString::new(path)?;
    // Py_CompileString (Python/pythonrun.c): decodes by the source's cookie or mark, as it does for a file
    PyCode::compile(py, &source, &path, PyCodeInput::File)
}
