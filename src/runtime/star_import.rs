//! A star import from a module whose own code is running, as in a circular import.
//!
//! It asks for `__dict__`, like others do, but only to copy what is there (`import_all_from`, Python/ceval.c and
//! Python/intrinsics.c): pending names must not be copied along.
//!
//! ```python
//! # pkg/__init__.py                 # pkg/child.py
//! early = 1 + int("1")              from pkg import *      # copies `early`, as in an eager run; neither `late`
//! from pkg.child import thing                              # nor any placeholder
//! late = 2 + int("2")
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::state::ModuleState;
use super::{ffi, interpreter, resolve};

/// Whether the frame that is running is at a star import.
///
/// # Errors
/// Never in practice; what reading a frame's attributes raises.
pub fn is_running(py: Python<'_>) -> PyResult<bool> {
    // Lib/opcode.py of each version: `IMPORT_STAR`; from 3.12 on `CALL_INTRINSIC_1` with `INTRINSIC_IMPORT_STAR`
    let (opcode, argument): (u8, u8) = match py.version_info().minor {
        11 => (84, 0),
        12 => (173, 2),
        13 => (55, 2),
        14 => (53, 2),
        _ => (51, 2),
    };
    let frame = interpreter::frame(py)?;
    let at: usize = frame.getattr(intern!(py, "f_lasti"))?.extract()?;
    let code = frame.getattr(intern!(py, "f_code"))?.getattr(intern!(py, "co_code"))?;
    Ok(code.cast::<PyBytes>()?.as_bytes().get(at..at + 2) == Some(&[opcode, argument]))
}

/// What a star import sees of a module whose own code is running, as in a circular import: all that an eager run would
/// have bound by then, which is what stands before the statements that are running.
///
/// # Errors
/// What deferred code raises.
pub fn bound_so_far<'py>(state: &Bound<'py, ModuleState>) -> PyResult<Bound<'py, PyDict>> {
    let py = state.py();
    let this = state.get();
    let running = (0u32..).zip(&this.image.units).filter(|(unit, _)| this.claims.runs(*unit)).map(|(_, unit)| unit);
    let line = running.filter_map(|unit| unit.lines.first()).map(|(first, _)| *first).min().unwrap_or(u32::MAX);
    for name in this.pending() {
        if let Some(unit) = this.image.names[name as usize].unit
            && this.image.units[unit as usize].lines.first().is_some_and(|(first, _)| *first < line)
        {
            resolve::resolve_unit(state, unit, name)?;
        }
    }
    let seen = PyDict::new(py);
    for (key, value) in this.dict(py) {
        let pending = match key.cast::<PyString>() {
            Ok(text) => match text.to_str().ok().and_then(|text| this.position(text)) {
                Some(name) => ffi::key::is(&key) || this.hook(py, name).is_some_and(|hook| hook.is(&value)),
                None => ffi::key::is(&key),
            },
            Err(_) => false,
        };
        if !pending {
            seen.set_item(key, value)?;
        }
    }
    Ok(seen)
}
