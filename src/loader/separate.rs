//! Names that a code object uses both as a global and as an attribute, or binds as a local of a class: each use gets an entry
//! of its own in `co_names`.
//!
//! The compiler gives both the same entry; then a hook for the global ([`crate::runtime::names::in_code`]) would stand in the
//! attribute's way. Only indices change: no instruction grows, so that all offsets stay what they are.
//!
//! ```python
//! def dumps(x): return json.dumps(x, default)     # co_names: json, dumps, default
//! def again(x): return dumps(json.dumps(x))       # co_names: dumps, json, and for the global: dumps
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::runtime::bytecode::{Use, move_globals, name_uses};
use crate::runtime::{ffi, interpreter};

/// The code object with such names separated in it and in those inside it, where they are among `globals`.
///
/// # Errors
/// What `code.replace` raises.
pub fn separated<'py>(code: Bound<'py, PyAny>, globals: &dyn Fn(&str) -> bool) -> PyResult<Bound<'py, PyAny>> {
    let py = code.py();
    let changes = PyDict::new(py);
    if let Some((names, bytes)) = own_names(&code, globals)? {
        changes.set_item(intern!(py, "co_names"), names)?;
        changes.set_item(intern!(py, "co_code"), bytes)?;
    }
    let constants = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    let mut changed = false;
    let mut all = Vec::with_capacity(constants.len());
    for constant in constants {
        if ffi::is_code(&constant) {
            let inner = separated(constant.clone(), globals)?;
            changed |= !inner.is(&constant);
            all.push(inner);
        } else {
            all.push(constant);
        }
    }
    if changed {
        changes.set_item(intern!(py, "co_consts"), PyTuple::new(py, all)?)?;
    }
    if changes.is_empty() { Ok(code) } else { code.call_method(intern!(py, "replace"), (), Some(&changes)) }
}

/// New names and bytecode of one code object, where something has to change.
fn own_names<'py>(
    code: &Bound<'py, PyAny>,
    globals: &dyn Fn(&str) -> bool,
) -> PyResult<Option<(Bound<'py, PyTuple>, Bound<'py, PyBytes>)>> {
    let py = code.py();
    let names = code.getattr(intern!(py, "co_names"))?.cast_into::<PyTuple>()?;
    let is_global = |place: &usize| {
        let name = names.get_item(*place).ok().and_then(|name| name.cast_into::<PyString>().ok());
        name.is_some_and(|name| name.to_str().is_ok_and(globals))
    };
    if !(0..names.len()).any(|place| is_global(&place)) {
        return Ok(None);
    }
    let bytes = code.getattr(intern!(py, "co_code"))?.cast_into::<PyBytes>()?;
    let minor = interpreter::minor(py);
    let uses: Vec<(usize, Use)> = name_uses(minor, bytes.as_bytes()).map(|(_, place, what)| (place, what)).collect();
    let used = |place: &usize, what: &[Use]| what.iter().any(|what| uses.contains(&(*place, *what)));
    let both = |place: &usize| {
        used(place, &[Use::LoadGlobal, Use::LoadName])
            && used(place, &[Use::Attribute, Use::ChangeName])
            // a change of the global itself has to be noticed, too
            && !used(place, &[Use::ChangeGlobal, Use::LoadFromDictOrGlobals])
            && is_global(place)
    };
    let mut changed = bytes.as_bytes().to_vec();
    let mut all: Vec<Bound<'py, PyAny>> = names.iter().collect();
    for place in (0..names.len()).filter(both) {
        if move_globals(minor, &mut changed, |other| (other == place).then_some(all.len())) {
            all.push(names.get_item(place)?);
        }
    }
    if all.len() == names.len() {
        return Ok(None);
    }
    Ok(Some((PyTuple::new(py, all)?, PyBytes::new(py, &changed))))
}
