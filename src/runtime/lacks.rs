//! What a module lacks that nothing is known about: read, and not in its dict.
//!
//! Nearly always that is the end of it, and whoever asked (`hasattr`, `from`, importlib at every import) drops the error at
//! once: CPython makes none then, for the slot that it knows. With another slot in its place the error has to be made, so the
//! ordinary one is made without the questions behind its other wordings (`module_getattro`, Objects/moduleobject.c).
//!
//! ```python
//! from os import sep           # asks whether `os` has a `__path__`
//! ```

use std::path::{Path, PathBuf};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFrozenSet, PyModule, PyString};

use super::ffi;

/// What is said of a module that lacks something.
#[derive(Debug)]
pub enum Lack<'py> {
    /// The ordinary error, with the module's own name.
    Ordinary(Bound<'py, PyString>),
    /// It may be a submodule that nothing has imported so far.
    Submodule,
    /// What the stock slot says.
    Other,
}

/// The modules of the standard library, and the folder that they are in.
struct Stdlib {
    names: Py<PyFrozenSet>,
    /// None where a module that is found there might shadow another, or where it is not known.
    folder: Option<PathBuf>,
}

static STDLIB: PyOnceLock<Stdlib> = PyOnceLock::new();

/// What is to be said of a module whose dict lacks a name.
///
/// # Errors
/// What comparing names raises.
pub fn lack<'py>(module: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Lack<'py>> {
    let py = module.py();
    let (Some(dict), Ok(name)) = (ffi::raw_dict(module), name.cast_exact::<PyString>()) else { return Ok(Lack::Other) };
    let Ok(text) = name.to_str() else { return Ok(Lack::Other) };
    let dunder = text.starts_with("__");
    if dict.contains(intern!(py, "__path__"))? {
        return Ok(if dunder { Lack::Other } else { Lack::Submodule });
    }
    // all attributes of the type have two underscores; these are looked for at every import
    let of_the_type = dunder && !matches!(text, "__path__" | "__file__" | "__cached__");
    if of_the_type || !module.is_exact_instance_of::<PyModule>() || dict.contains(intern!(py, "__getattr__"))? {
        return Ok(Lack::Other);
    }
    let Some(own) = dict.get_item(intern!(py, "__name__"))? else { return Ok(Lack::Other) };
    let Ok(own) = own.cast_into_exact::<PyString>() else { return Ok(Lack::Other) };
    Ok(if has_value(&dict, &own)? { Lack::Ordinary(own) } else { Lack::Other })
}

/// Whether the module is not being imported, and shadows no module of the standard library.
fn has_value(dict: &Bound<'_, PyDict>, own: &Bound<'_, PyString>) -> PyResult<bool> {
    let py = dict.py();
    let spec = dict.get_item(intern!(py, "__spec__"))?.filter(|spec| !spec.is_none());
    if let Some(spec) = &spec
        && spec.getattr_opt(intern!(py, "_initializing"))?.is_some_and(|answer| answer.is_truthy().unwrap_or(true))
    {
        return Ok(false);
    }
    let stdlib = STDLIB.get_or_try_init(py, || Stdlib::find(py))?;
    // it is asked about since 3.13
    if cfg!(not(Py_3_13)) || !stdlib.names.bind(py).contains(own)? {
        return Ok(true);
    }
    let (Some(spec), Some(folder)) = (spec, stdlib.folder.as_deref()) else { return Ok(false) };
    let Ok(origin) = spec.getattr(intern!(py, "origin"))?.cast_into_exact::<PyString>() else { return Ok(true) };
    let Ok(origin) = origin.to_str() else { return Ok(false) };
    // as `_PyModule_IsPossiblyShadowing` (Objects/moduleobject.c); `frozen` and `built-in` stand nowhere
    let file = Path::new(origin);
    let file = if file.ends_with("__init__.py") { file.parent() } else { Some(file) };
    Ok(file.and_then(Path::parent).is_some_and(|stands| stands == folder || stands == Path::new("")))
}

impl Stdlib {
    fn find(py: Python<'_>) -> PyResult<Self> {
        let sys = py.import("sys")?;
        let names = sys.getattr("stdlib_module_names")?.cast_into::<PyFrozenSet>()?.unbind();
        let folder = sys.getattr_opt("_stdlib_dir")?.and_then(|folder| folder.extract::<PathBuf>().ok());
        let first = sys.getattr("path")?.get_item(0).and_then(|path| path.extract::<String>()).unwrap_or_default();
        let here = if first.is_empty() { std::env::current_dir().unwrap_or_default() } else { first.into() };
        // a program that lives among them is told of each that it may shadow it
        let folder = folder.filter(|folder| here != *folder);
        Ok(Self { names, folder })
    }
}
