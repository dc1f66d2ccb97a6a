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

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::bytecode::Look;
use super::state::ModuleState;
use super::{ffi, resolve};

/// Whether the frame that is running is at a star import.
///
/// # Errors
/// Never in practice; what reading a frame's attributes raises.
pub fn is_running(py: Python<'_>) -> PyResult<bool> {
    let Some(frame) = ffi::running(py) else { return Ok(false) };
    Ok(frame.look()? == Some(Look::StarImport))
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
