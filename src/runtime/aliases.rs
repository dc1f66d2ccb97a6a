//! All the names that a module has in `sys.modules`.
//!
//! A module may stand there under several names: a pip without its vendored libraries makes `pip._vendor.rich` another
//! name of `rich`. What a rule says about any of them holds for the module.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::state::ModuleState;
use super::{ffi, interpreter};

/// Address of a module's dict → its names in `sys.modules`, at one moment.
pub struct Aliases {
    names: HashMap<usize, Vec<String>>,
}

impl Aliases {
    /// Looks at `sys.modules`.
    ///
    /// # Errors
    /// When it isn't a dict.
    pub fn now(py: Python<'_>) -> PyResult<Self> {
        let mut names: HashMap<usize, Vec<String>> = HashMap::new();
        for (name, module) in modules(py)? {
            if let Some(dict) = ffi::raw_dict(&module) {
                names.entry(dict.as_ptr() as usize).or_default().push(name);
            }
        }
        Ok(Self { names })
    }

    /// All names of a deferred module, the one under which it was executed first.
    #[must_use]
    pub fn of(&self, py: Python<'_>, state: &ModuleState) -> Vec<String> {
        let mut all = vec![state.name.to_string()];
        let others = self.names.get(&(state.dict(py).as_ptr() as usize)).into_iter().flatten();
        all.extend(others.filter(|name| **name != *state.name).cloned());
        all
    }

    /// All names of a module that has this one; just this one if there is no such module.
    ///
    /// # Errors
    /// When `sys.modules` isn't a dict.
    pub fn of_name(py: Python<'_>, name: &str) -> PyResult<Vec<String>> {
        let mut all = vec![name.to_owned()];
        let listed = modules(py)?;
        if let Some((_, module)) = listed.iter().find(|(other, _)| other == name) {
            all.extend(
                listed.iter().filter(|(other, found)| other != name && found.is(module)).map(|(n, _)| n.clone()),
            );
        }
        Ok(all)
    }
}

/// The entries of `sys.modules` that are modules, or stand in for one.
///
/// # Errors
/// When it isn't a dict.
pub fn modules(py: Python<'_>) -> PyResult<Vec<(String, Bound<'_, PyAny>)>> {
    let modules = interpreter::modules(py)?.cast_into::<PyDict>()?;
    let named = modules.iter().filter_map(|(name, module)| Some((name.extract::<String>().ok()?, module)));
    Ok(named.filter(|(_, module)| !module.is_none()).collect())
}
