//! `find_spec` of the finders for folders: `FileFinder.find_spec` (Lib/importlib/_bootstrap_external.py), natively.
//!
//! The same questions to the file system in the same order, the same attributes of the finder (`_path_mtime`,
//! `_path_cache`), the same specs; only faster. Everything out of the ordinary is left to the stock method: other
//! platforms, `-v`, a patched `FileFinder.find_spec`, names and paths that are not plain text.
//!
//! ```python
//! finder.find_spec("pkg.mod")    # one stat of the folder; the set of its entries; one stat of the file that is found
//! ```

use std::fs;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySet, PyString, PyTuple};

use super::capture::{Captured, captured};
use crate::runtime::timing::{self, What};

/// Finds a module in the folder of a finder, as `FileFinder.find_spec` does.
///
/// # Errors
/// What the stock method raises.
pub fn find_spec<'py>(
    finder: &Bound<'py, PyAny>,
    fullname: &Bound<'py, PyAny>,
    target: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = finder.py();
    let captured = captured(py)?;
    let _span = timing::span(What::Find, || fullname.extract().unwrap_or_default());
    match natively(captured, finder, fullname)? {
        Some(found) => Ok(found),
        None => captured.file_finder.bind(py).call_method1(intern!(py, "find_spec"), (finder, fullname, target)),
    }
}

/// A spec, Python's `None` when there is no such module, or nothing when the stock method has to be asked.
fn natively<'py>(
    captured: &Captured,
    finder: &Bound<'py, PyAny>,
    fullname: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = finder.py();
    let stock = captured.find_spec.bind(py);
    if !cfg!(target_os = "linux")
        || captured.verbose
        || !captured.file_finder.bind(py).getattr(intern!(py, "find_spec"))?.is(stock)
    {
        return Ok(None);
    }
    let path = finder.getattr(intern!(py, "path"))?;
    let (Some(folder), Some(name)) = (captured.native_path(&path), captured.native_path(fullname)) else {
        return Ok(None);
    };
    if folder.is_empty() || name.contains(['/', '\0']) {
        return Ok(None);
    }
    let modified = modified(&folder);
    if finder.getattr(intern!(py, "_path_mtime"))?.extract::<f64>().ok() != Some(modified) {
        finder.call_method0(intern!(py, "_fill_cache"))?;
        finder.setattr(intern!(py, "_path_mtime"), modified)?;
    }
    let entries = finder.getattr(intern!(py, "_path_cache"))?;
    let loaders = finder.getattr(intern!(py, "_loaders"))?;
    let (Ok(entries), Ok(loaders)) = (entries.cast::<PySet>(), loaders.cast::<PyList>()) else { return Ok(None) };
    let tail = name.rsplit('.').next().unwrap_or(&name);
    // `_path_join` takes separators off the end of each part
    let mut base = folder.trim_end_matches('/').to_owned();
    base.push('/');
    let folder_end = base.len();
    base.push_str(tail);
    let mut namespace = false;
    if entries.contains(tail)? {
        for entry in loaders.iter() {
            let (suffix, loader) = details(&entry)?;
            let file = format!("{base}/__init__{}", suffix.to_str()?);
            if is_file(&file) {
                return spec(captured, fullname, &loader, &file, Some(&base)).map(Some);
            }
        }
        namespace = fs::metadata(&base).is_ok_and(|found| found.is_dir());
    }
    let mut file = base.clone();
    for entry in loaders.iter() {
        let (suffix, loader) = details(&entry)?;
        file.truncate(base.len());
        file.push_str(suffix.to_str()?);
        if entries.contains(PyString::new(py, &file[folder_end..]))? && is_file(&file) {
            return spec(captured, fullname, &loader, &file, None).map(Some);
        }
    }
    if namespace {
        let spec = captured.module_spec.bind(py).call1((fullname, py.None()))?;
        spec.setattr(intern!(py, "submodule_search_locations"), PyList::new(py, [base])?)?;
        return Ok(Some(spec));
    }
    Ok(Some(py.None().into_bound(py)))
}

/// Suffix and loader class of an entry of `_loaders`.
fn details<'py>(entry: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyString>, Bound<'py, PyAny>)> {
    let entry = entry.cast::<PyTuple>()?;
    Ok((entry.get_item(0)?.cast_into::<PyString>()?, entry.get_item(1)?))
}

/// Modification time of a folder in seconds, as `os.stat` gives it, or -1 when there is no such folder.
fn modified(folder: &str) -> f64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        #[expect(clippy::cast_precision_loss, reason = "`fill_time` (Modules/posixmodule.c) loses the same digits")]
        fs::metadata(folder).map_or(-1.0, |found| found.mtime() as f64 + 1e-9 * found.mtime_nsec() as f64)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        -1.0
    }
}

fn is_file(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// `spec_from_file_location` with a loader and the locations given.
fn spec<'py>(
    captured: &Captured,
    fullname: &Bound<'py, PyAny>,
    loader: &Bound<'py, PyAny>,
    file: &str,
    package: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = fullname.py();
    let file = PyString::new(py, file);
    let loader = loader.call1((fullname, &file))?;
    let origin = pyo3::types::PyDict::new(py);
    origin.set_item(intern!(py, "origin"), &file)?;
    let spec = captured.module_spec.bind(py).call((fullname, loader), Some(&origin))?;
    spec.setattr(intern!(py, "_set_fileattr"), true)?;
    if let Some(folder) = package {
        spec.setattr(intern!(py, "submodule_search_locations"), PyList::new(py, [folder])?)?;
    }
    Ok(spec)
}
