//! Submodules that a package lacks: whether an eager run would have loaded them by now.
//!
//! ```python
//! import pkg.core; pkg.parser     # pkg.core imports pkg.parser in a statement that is pending
//! ```
//!
//! Separate from [`super::module`], which asks, because this looks at other modules and at finders; [`super::trees`] says which
//! packages have to be watched for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::context::CompleteImports;
use super::state::ModuleState;
use super::sync::current_thread;
use super::waits::Thread;
use super::{complete, ffi, interpreter, resolve, table, trees};

/// Whether the thread is running deferred code of a module in the same top-level package. What that imports from the package
/// an eager run has mostly imported before the package defined its `__getattr__`, which may touch what is under way here.
pub fn tree_runs_on(py: Python<'_>, name: &str, me: Thread) -> bool {
    table::imported(py)
        .iter()
        .any(|member| trees::top(&member.get().name) == trees::top(name) && member.get().active_on(me))
}

/// Whether the read comes from `_bootstrap._handle_fromlist`, which asks so that it can import what is missing.
///
/// # Errors
/// Never in practice; what reading a frame's attributes raises.
pub fn asked_by_importlib(py: Python<'_>) -> PyResult<bool> {
    let frame = interpreter::frame(py)?;
    let file = frame.getattr(intern!(py, "f_code"))?.getattr(intern!(py, "co_filename"))?;
    Ok(file.extract::<String>().is_ok_and(|file| file.starts_with("<frozen importlib")))
}

/// Whether a finder knows `package.text`; nothing is imported.
///
/// # Errors
/// What a finder raises.
pub fn could_be_submodule(dict: &Bound<'_, PyDict>, package: &str, text: &Bound<'_, PyString>) -> PyResult<bool> {
    let py = dict.py();
    let qualified = format!("{package}.{}", text.to_str()?);
    // being imported: it becomes an attribute when that ends, in an eager run as well
    if interpreter::modules(py)?.contains(&qualified)? {
        return Ok(false);
    }
    let Some(path) = dict.get_item(intern!(py, "__path__"))? else { return Ok(false) };
    let finder = interpreter::external(py)?.getattr(intern!(py, "PathFinder"))?;
    Ok(!finder.call_method1(intern!(py, "find_spec"), (qualified, path))?.is_none())
}

/// Names of files and folders of a package that could be submodules, and that it doesn't have as attributes.
///
/// # Errors
/// `MemoryError`.
pub fn missing(dict: &Bound<'_, PyDict>) -> PyResult<BTreeSet<String>> {
    let py = dict.py();
    let mut found = BTreeSet::new();
    let Some(path) = dict.get_item(intern!(py, "__path__"))? else { return Ok(found) };
    let folders: Vec<PathBuf> = path.try_iter()?.filter_map(|folder| folder.ok()?.extract().ok()).collect();
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let file = entry.file_name();
        // `name.py`, `name.cpython-313-x86_64-linux-gnu.so`, or a folder
        let Some(name) = file.to_str().and_then(|file| file.split('.').next()) else { continue };
        if !name.is_empty() && !name.starts_with("__") && !dict.contains(name)? {
            found.insert(name.to_owned());
        }
    }
    Ok(found)
}

/// After a module turned out to lack an attribute: its value, if it is a submodule that another package was to import. An
/// eager run has it wherever the import stands, so what may import runs first, everywhere: what names the submodule, and if that
/// doesn't bring it, all.
///
/// ```python
/// import mylib                 # deferred; `import xml.dom` is pending in it
/// import xml; xml.dom          # `xml` is a plain package
/// ```
///
/// # Errors
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`).
pub fn imported_elsewhere<'py>(
    module: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = module.py();
    let (Some(dict), Ok(text)) = (ffi::raw_dict(module), name.cast::<PyString>()) else { return Ok(None) };
    if text.to_str().map_or(true, |plain| plain.starts_with("__"))
        || !dict.contains(intern!(py, "__path__"))?
        || !trees::any_pending()
        || asked_by_importlib(py)?
    {
        return Ok(None);
    }
    let Some(own) = dict.get_item(intern!(py, "__name__"))? else { return Ok(None) };
    let Ok(own) = own.extract::<String>() else { return Ok(None) };
    match could_be_submodule(&dict, &own, text) {
        Ok(false) => {
            // what its own imports set
            table::find(module).map_or(Ok(()), |state| complete::import_own(&state))?;
            return dict.get_item(text);
        }
        // nobody asked a finder
        Err(error) if error.is_instance_of::<PyException>(py) => return Ok(None),
        Ok(true) => {}
        Err(error) => return Err(error),
    }
    if !complete::import_submodule(py, &own, text.to_str()?, || dict.contains(text))? {
        let _completing = CompleteImports::begin();
        complete::complete_modules(py)?;
    }
    dict.get_item(text)
}

/// Resolves everything pending in the top-level package of a module, to a fixpoint. What raises stays pending.
///
/// # Errors
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`).
pub fn resolve_tree(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = state.py();
    let top = trees::top(&state.get().name);
    let me = current_thread(py)?;
    loop {
        let mut progressed = false;
        for member in table::imported(py) {
            let this = member.get();
            if trees::top(&this.name) == top && !this.active_on(me) && !this.finished() {
                let before = this.left();
                resolve::resolve_what_works(&member)?;
                progressed |= this.left() < before;
            }
        }
        if !progressed {
            return Ok(());
        }
    }
}
