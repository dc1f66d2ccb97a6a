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
    let class = code.get_type();
    for constant in code.getattr(intern!(py, "co_consts"))?.cast::<PyTuple>()?.iter() {
        if constant.get_type().is(&class) {
            let name = constant.getattr(intern!(py, "co_name"))?.cast_into::<PyString>()?;
            if COMPREHENSIONS.contains(&name.to_str()?) && mentions_declaration(&constant)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
