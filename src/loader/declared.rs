//! Whether the top level of a module uses the name of the declaration, read from its code object.
//!
//! This decides for every module without an image whether its source is looked at, so it has to be quick: the names of the
//! module's own code, and of its comprehensions, which bind in the module by `:=`. From 3.12 on most of these are part of
//! the module's code (PEP 709); generator expressions are not, and on 3.11 none is. Functions don't count: that one may
//! bind the name says nothing about the module.
//!
//! ```python
//! __at_import__ = None                        # co_names of the module
//! x = list((__at_import__ := y) for y in z)   # co_names of '<genexpr>', a constant of the module
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::runtime::ffi;

/// The name of the declaration, and of its hook.
pub const NAME: &str = "__at_import__";

/// Code objects of these names are comprehensions.
const COMPREHENSIONS: [&str; 4] = ["<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"];

/// Whether the top level of a module's code uses the name of the declaration.
///
/// # Errors
/// Never in practice; what reading a code object's attributes raises.
pub fn mentions_declaration(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = code.py();
    if code.getattr(intern!(py, "co_names"))?.contains(intern!(py, "__at_import__"))? {
        return Ok(true);
    }
    for (inner, name) in inner(code)? {
        if COMPREHENSIONS.contains(&name.to_str()?) && mentions_declaration(&inner)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a module's code has a function of the declaration's name.
///
/// # Errors
/// As [`mentions_declaration`].
pub fn defines_hook(code: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(inner(code)?.iter().any(|(_, name)| name.to_str().is_ok_and(|name| name == NAME)))
}

/// The code objects among the constants of one, with their names.
fn inner<'py>(code: &Bound<'py, PyAny>) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyString>)>> {
    let py = code.py();
    let constants = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    let codes = constants.iter().filter(ffi::is_code);
    codes.map(|code| Ok((code.clone(), code.getattr(intern!(py, "co_name"))?.cast_into()?))).collect()
}
