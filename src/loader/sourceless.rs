//! Hooks of modules whose source isn't there: pycs alone, in a folder or in a zip file, as frozen applications have them.
//!
//! Without a source there is no plan, so such a module runs eagerly; but its hook must run at import all the same. What
//! the analysis would have said is read from the code object: a function without parameters that a `def` at the top level
//! has made, and that the module's last statement doesn't call itself (the portable form).
//!
//! ```python
//! def __at_import__(): ...     # a code object among the module's constants, and what the name is bound to afterwards
//! __at_import__()              # the instructions at the end are those that this statement compiles to
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use super::capture::Captured;
use super::declared::NAME;

/// `CO_VARARGS`, `CO_VARKEYWORDS`, `CO_GENERATOR`, `CO_COROUTINE`, `CO_ASYNC_GENERATOR`, Include/cpython/code.h.
const NO_HOOK: u32 = 0x0004 | 0x0008 | 0x0020 | 0x0080 | 0x0200;

/// Whether the hook of a module that has been executed is still to be called.
///
/// # Errors
/// Never in practice; what reading a code object's attributes raises.
pub fn wants_hook(captured: &Captured, code: &Bound<'_, PyAny>, dict: &Bound<'_, PyDict>) -> PyResult<bool> {
    let py = code.py();
    let Some(function) = dict.get_item(NAME)? else { return Ok(false) };
    let Ok(own) = function.getattr(intern!(py, "__code__")) else { return Ok(false) };
    let constants = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    let number = |name: &str| own.getattr(name)?.extract::<u32>();
    Ok(constants.iter().any(|constant| constant.is(&own))
        && own.getattr(intern!(py, "co_name"))?.eq(NAME)?
        && number("co_argcount")? + number("co_kwonlyargcount")? == 0
        && number("co_flags")? & NO_HOOK == 0
        && !ends_with_call(captured, code)?)
}

/// Whether the last statement of a module is `__at_import__()`: its last instructions are those of a module that is known
/// to end so.
fn ends_with_call(captured: &Captured, code: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = code.py();
    let opcodes = py.import("opcode")?.getattr("opmap")?;
    let (load, extended): (u8, u8) =
        (opcodes.get_item("LOAD_NAME")?.extract()?, opcodes.get_item("EXTENDED_ARG")?.extract()?);
    let instructions = |code: &Bound<'_, PyAny>| -> PyResult<Vec<(u8, u8)>> {
        let code = code.getattr(intern!(py, "co_code"))?.cast_into::<PyBytes>()?;
        let pairs = code.as_bytes().chunks_exact(2).map(|pair| (pair[0], pair[1]));
        Ok(pairs.filter(|(opcode, _)| *opcode != extended).collect())
    };
    let compiled = |source: &str| {
        let code = captured.compile.bind(py).call1((source, "<reference>", intern!(py, "exec"), 0, true))?;
        instructions(&code)
    };
    let definition = "def __at_import__(): pass\n";
    let (with, without, empty) = (compiled(&format!("{definition}{NAME}()\n"))?, compiled(definition)?, compiled("")?);
    // an empty module is `RESUME`, with which all begin, and the end
    let length = with.len() - without.len() + empty.len() - 1;
    let found = instructions(code)?;
    let Some(start) = found.len().checked_sub(length) else { return Ok(false) };
    // what differs in the arguments is the place of the name, of which the low byte is left, and that of `None`
    let names = code.getattr(intern!(py, "co_names"))?.cast_into::<PyTuple>()?;
    let wanted = names.index(NAME)? & 0xff;
    let same = |((one, argument), (other, _)): (&(u8, u8), &(u8, u8))| {
        one == other && (*one != load || usize::from(*argument) == wanted)
    };
    Ok(found[start..].iter().zip(&with[with.len() - length..]).all(same))
}
