//! Putting the loaders where the import system finds them, and taking them away again.
//!
//! Two path hooks, each directly in front of the stock one it stands in for: a `FileFinder` hook whose source loader is
//! ours, and a hook for zip files. Both loaders are subclasses of the stock classes, so that `isinstance`, `get_source`,
//! `get_data`, resources and whatever else looks at a loader finds what it expects; only `exec_module` is another.
//! The finder is a subclass of `FileFinder` likewise, with another `find_spec`, which imports nothing.

use std::sync::Mutex;

use pyo3::exceptions::PyImportError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};
use pyo3::wrap_pyfunction;

use super::capture::{Captured, captured};
use super::{finder, lazy_filter, policy, prefetch, source, start_profile};
use crate::runtime::sync::lock;
use crate::runtime::{ffi, fork};

/// The hooks that are in `sys.path_hooks`, while installed.
static INSTALLED: Mutex<Option<Vec<Py<PyAny>>>> = Mutex::new(None);
/// The hooks, made once: classes must keep their identity over `uninstall` and `install`.
static HOOKS: Mutex<Option<Vec<Py<PyAny>>>> = Mutex::new(None);

#[pyfunction]
fn exec_module(loader: &Bound<'_, PyAny>, module: &Bound<'_, PyAny>) -> PyResult<()> {
    ffi::exit::staying(|| source::exec_module(loader, module))
}

#[pyfunction]
#[pyo3(signature = (finder, fullname, target=None))]
fn find_spec<'py>(
    finder: &Bound<'py, PyAny>,
    fullname: &Bound<'py, PyAny>,
    target: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    ffi::exit::staying(|| finder::find_spec(finder, fullname, target))
}

/// The hook for folders. The stock one comes after it, and would take a folder that could not be looked at just now: it would
/// then be without deferral, and its modules without their hooks, for as long as the process lives. So it looks twice.
#[pyclass(frozen, module = "atimport._native")]
struct FolderHook {
    finder: Py<PyAny>,
}

#[pymethods]
impl FolderHook {
    fn __call__<'py>(&self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = path.py();
        let finder = self.finder.bind(py);
        match finder.call1((path,)) {
            Err(error) if error.is_instance_of::<PyImportError>(py) => finder.call1((path,)),
            result => result,
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.finder.bind(py).repr()?.to_string())
    }
}

/// A subclass of a stock class in which one method is ours; found again by its name, so that what has it can be pickled.
fn subclass<'py>(
    base: &Bound<'py, PyAny>,
    name: &str,
    method: &str,
    function: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = base.py();
    let namespace = PyDict::new(py);
    namespace.set_item("__module__", "atimport._native")?;
    namespace.set_item(method, ffi::instance_method(function)?)?;
    let class = py.get_type::<PyType>().call1((name, PyTuple::new(py, [base])?, namespace))?;
    py.import("atimport._native")?.setattr(name, &class)?;
    Ok(class)
}

/// Makes the path hooks: for zip files, for folders.
fn make_hooks(py: Python<'_>, captured: &Captured) -> PyResult<Vec<Py<PyAny>>> {
    let external = captured.external.bind(py);
    let stock = external.getattr("SourceFileLoader")?;
    let module = PyModule::new(py, "atimport._native")?;
    let exec_module = wrap_pyfunction!(exec_module, &module)?.into_any();
    let find_spec = wrap_pyfunction!(find_spec, &module)?.into_any();
    let sourceless = external.getattr("SourcelessFileLoader")?;
    let ours = subclass(&stock, "DeferringSourceLoader", "exec_module", &exec_module)?;
    let ours_sourceless = subclass(&sourceless, "HookingSourcelessLoader", "exec_module", &exec_module)?;
    // the loaders that this interpreter supports, in its own order, with ours in the place of the stock ones
    let supported = external.call_method0("_get_supported_file_loaders")?;
    let details = PyList::empty(py);
    for entry in supported.try_iter()? {
        let entry = entry?;
        let (loader, suffixes): (Bound<'_, PyAny>, Bound<'_, PyAny>) = entry.extract()?;
        let loader = if loader.is(&stock) {
            ours.clone()
        } else if loader.is(&sourceless) {
            ours_sourceless.clone()
        } else {
            loader
        };
        details.append((loader, suffixes))?;
    }
    let finder = subclass(captured.file_finder.bind(py), "DeferringFileFinder", "find_spec", &find_spec)?;
    let files = finder.call_method1("path_hook", details.to_tuple())?;
    let zips = subclass(captured.zipimporter.bind(py), "DeferringZipImporter", "exec_module", &exec_module)?;
    let files = Py::new(py, FolderHook { finder: files.unbind() })?.into_any();
    Ok(vec![zips.unbind(), files])
}

/// Installs the loaders; does nothing when they are.
///
/// # Errors
/// When the interpreter lacks what the loader needs.
pub fn install(py: Python<'_>) -> PyResult<()> {
    if is_installed() {
        return Ok(());
    }
    let captured = captured(py)?;
    policy::read_environment(py)?;
    lazy_filter::keep(py)?;
    fork::watch(py)?;
    prefetch::begin(py, captured)?;
    start_profile::begin(py, captured)?;
    let made = lock(&HOOKS).as_ref().map(|hooks| hooks.iter().map(|hook| hook.clone_ref(py)).collect::<Vec<_>>());
    let hooks = match made {
        Some(hooks) => hooks,
        None => make_hooks(py, captured)?,
    };
    let path_hooks = path_hooks(py, captured)?;
    let [zips, files] = hooks.as_slice() else { unreachable!("make_hooks returns two") };
    path_hooks.insert(position(&path_hooks, |hook| hook.is(&captured.zipimporter))?, zips)?;
    path_hooks.insert(position(&path_hooks, is_file_finder_hook)?, files)?;
    *lock(&HOOKS) = Some(hooks.iter().map(|hook| hook.clone_ref(py)).collect());
    *lock(&INSTALLED) = Some(hooks);
    forget_finders(py, captured)
}

/// Takes the loaders away; modules imported with them stay as they are.
///
/// # Errors
/// When `sys.path_hooks` is not a list any more.
pub fn uninstall(py: Python<'_>) -> PyResult<()> {
    let Some(hooks) = lock(&INSTALLED).take() else { return Ok(()) };
    let captured = captured(py)?;
    let path_hooks = path_hooks(py, captured)?;
    for hook in hooks {
        for position in (0..path_hooks.len()).rev() {
            if path_hooks.get_item(position)?.is(&hook) {
                path_hooks.del_item(position)?;
            }
        }
    }
    forget_finders(py, captured)
}

/// Whether the loaders are in place.
pub fn is_installed() -> bool {
    lock(&INSTALLED).is_some()
}

fn path_hooks<'py>(py: Python<'py>, captured: &Captured) -> PyResult<Bound<'py, PyList>> {
    Ok(captured.sys.bind(py).getattr(intern!(py, "path_hooks"))?.cast_into::<PyList>()?)
}

/// Position of the stock hook, or the end.
fn position(hooks: &Bound<'_, PyList>, matches: impl Fn(&Bound<'_, PyAny>) -> bool) -> PyResult<usize> {
    for position in 0..hooks.len() {
        if matches(&hooks.get_item(position)?) {
            return Ok(position);
        }
    }
    Ok(hooks.len())
}

/// The closure that `FileFinder.path_hook` returns has no other mark than its name.
fn is_file_finder_hook(hook: &Bound<'_, PyAny>) -> bool {
    hook.getattr("__name__")
        .is_ok_and(|name| name.extract::<String>().is_ok_and(|name| name == "path_hook_for_FileFinder"))
}

/// Drops cached finders that the hooks now stand in for; others' finders stay.
fn forget_finders(py: Python<'_>, captured: &Captured) -> PyResult<()> {
    let file_finder = captured.file_finder.bind(py);
    let cache = captured.sys.bind(py).getattr(intern!(py, "path_importer_cache"))?.cast_into::<PyDict>()?;
    for (path, finder) in cache.iter().collect::<Vec<_>>() {
        let class = finder.get_type();
        let stock_or_ours = class.is(file_finder) || class.module()? == "atimport._native";
        if stock_or_ours || finder.is_instance(captured.zipimporter.bind(py))? {
            cache.del_item(path)?;
        }
    }
    Ok(())
}
