//! Sealing a process: no module from elsewhere is read any more.
//!
//! Terms: see [`crate::overrides::seal`]. Three guards, because none sees all: a finder in front of `sys.meta_path` is
//! asked before anything is looked for; an audit hook, which can't be taken away, puts the finder back where it belongs
//! whenever a module is imported; and our own loaders ask again before they read, for imports that raise no event
//! (`importlib.import_module` before 3.15).
//!
//! ```python
//! resolve("pip.*"); seal()      # deferred code may still run, but reads no new file
//! import pip._internal.late     # SealedImportError: says who asked, and from which deferred name
//! ```
//!
//! After the seal nothing more is deferred, and no image is read.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::{PyModuleNotFoundError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::asker::{self, Asker};
use super::capture;
use super::stdlib::Stdlib;
use crate::error::{SealedImportError, SealedImportWarning};
use crate::overrides::pattern::canonical;
use crate::overrides::seal::{Origin, Seal, Severity, depends_on_origin, objection};
use crate::runtime::audit;
use crate::runtime::resolution;
use crate::runtime::sync::lock;

static SEALS: Mutex<Vec<Seal>> = Mutex::new(Vec::new());
static SEALED: AtomicBool = AtomicBool::new(false);
/// What was captured when the process was sealed first.
static GUARD: Mutex<Option<Guard>> = Mutex::new(None);
/// Names that the finder has judged, and not refused: our loaders need not ask again.
static JUDGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Guard {
    stdlib: Stdlib,
    finder: Py<SealFinder>,
}

/// Whether the process is sealed.
pub fn is_sealed() -> bool {
    SEALED.load(Ordering::Acquire)
}

/// Seals the process, or seals it more tightly.
///
/// # Errors
/// `ValueError` for a malformed pattern or another mode; what an audit hook raises.
pub fn seal(py: Python<'_>, allow: &[String], mode: &str) -> PyResult<()> {
    let severity = match mode {
        "raise" => Severity::Raise,
        "warn" => Severity::Warn,
        _ => return Err(PyValueError::new_err(format!("mode must be 'raise' or 'warn', not {mode:?}"))),
    };
    let seal = Seal::new(allow.iter().map(String::as_str), severity)?;
    audit::raise(py, c"atimport.seal", || Ok((PyTuple::new(py, allow)?, mode)))?;
    let sys = capture::captured(py)?.sys.bind(py);
    if lock(&GUARD).is_none() {
        let finder = Py::new(py, SealFinder {})?;
        let guard = Guard { stdlib: Stdlib::new(sys)?, finder: finder.clone_ref(py) };
        sys.call_method1("addaudithook", (Py::new(py, SealHook { finder })?,))?;
        *lock(&GUARD) = Some(guard);
    }
    lock(&SEALS).push(seal);
    SEALED.store(true, Ordering::Release);
    let finder = lock(&GUARD).as_ref().map(|guard| guard.finder.clone_ref(py));
    finder.map_or(Ok(()), |finder| put_first(sys, finder.bind(py)))
}

/// Before one of our loaders reads a module: refuses what no finder has judged.
///
/// # Errors
/// `SealedImportError`; in warning mode, when the warning is turned into an error.
pub fn before_reading(py: Python<'_>, name: &str, path: &str) -> PyResult<()> {
    if !is_sealed() || lock(&JUDGED).contains(name) {
        return Ok(());
    }
    let path = canonical(path);
    judge(py, name, Origin { path: Some(&path), stdlib: in_stdlib(&path) })
}

fn in_stdlib(path: &str) -> bool {
    lock(&GUARD).as_ref().is_some_and(|guard| guard.stdlib.holds(path))
}

/// Refuses a module, warns of it, or lets it pass.
fn judge(py: Python<'_>, name: &str, origin: Origin<'_>) -> PyResult<()> {
    let severity = objection(&lock(&SEALS), name, origin);
    let Some(severity) = severity else { return Ok(()) };
    let asker = asker::find(py);
    let message = message(name, &asker);
    match severity {
        Severity::Warn => {
            let text = std::ffi::CString::new(message).unwrap_or_default();
            PyErr::warn(py, &py.get_type::<SealedImportWarning>(), &text, 1)
        }
        Severity::Raise => {
            let keywords = PyDict::new(py);
            keywords.set_item("name", name)?;
            let error = py.get_type::<SealedImportError>().call((message,), Some(&keywords))?;
            error.setattr("importer", asker.module)?;
            error.setattr("deferred", asker.deferred)?;
            Err(PyErr::from_value(error))
        }
    }
}

fn message(name: &str, asker: &Asker) -> String {
    let place = asker.place.as_deref().unwrap_or("native code");
    let who = asker.module.as_deref().unwrap_or("unknown code");
    let because = match &asker.deferred {
        Some(deferred) => format!(", because the deferred name '{deferred}' was touched"),
        None => String::new(),
    };
    format!(
        "'{name}' was not imported before the process was sealed; asked for by {who} ({place}){because}; import it before \
         seal(), resolve what needs it, or allow it: seal(allow=...)"
    )
}

/// Judges a module before it is looked for, or if need be, after; `Some` spec when it has been found on the way.
fn find<'py>(
    finder: &Bound<'py, SealFinder>,
    name: &Bound<'py, PyString>,
    path: Option<&Bound<'py, PyAny>>,
    target: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = finder.py();
    let sys = capture::captured(py)?.sys.bind(py);
    // lone surrogates are replaced: such a name is judged, but not remembered, because others look the same
    let text = &*name.to_string_lossy();
    let has_name = Stdlib::names(sys, text)?;
    let depends = depends_on_origin(&lock(&SEALS), text, has_name);
    let missing = resolution::is_missing(text) && objection(&lock(&SEALS), text, Origin::default()).is_some();
    if missing {
        let keywords = PyDict::new(py);
        keywords.set_item("name", name)?;
        let message = format!("No module named '{text}'");
        return Err(PyErr::from_value(py.get_type::<PyModuleNotFoundError>().call((message,), Some(&keywords))?));
    }
    let spec = if depends { by_others(finder, name, path, target)? } else { None };
    if depends && spec.is_none() {
        return Ok(None);
    }
    let file = spec.as_ref().and_then(|spec| spec.getattr(intern!(py, "origin")).ok()?.extract::<String>().ok());
    let native = file.as_deref().is_some_and(|file| matches!(file, "built-in" | "frozen"));
    let file = file.map(|file| canonical(&file));
    let stdlib = native || file.as_deref().is_some_and(in_stdlib);
    judge(py, text, Origin { path: file.as_deref(), stdlib })?;
    if name.to_str().is_ok() {
        lock(&JUDGED).insert(text.to_owned());
    }
    Ok(spec)
}

/// The spec that the other finders have for a module (`_bootstrap._find_spec`).
fn by_others<'py>(
    finder: &Bound<'py, SealFinder>,
    name: &Bound<'py, PyString>,
    path: Option<&Bound<'py, PyAny>>,
    target: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = finder.py();
    let finders = capture::captured(py)?.sys.bind(py).getattr(intern!(py, "meta_path"))?;
    for other in finders.try_iter()?.collect::<PyResult<Vec<_>>>()? {
        if other.is(finder) {
            continue;
        }
        let Ok(find_spec) = other.getattr(intern!(py, "find_spec")) else { continue };
        let spec = find_spec.call1((name, path, target))?;
        if !spec.is_none() {
            return Ok(Some(spec));
        }
    }
    Ok(None)
}

/// Puts the finder in front of all others.
fn put_first(sys: &Bound<'_, PyAny>, finder: &Bound<'_, SealFinder>) -> PyResult<()> {
    let Ok(finders) = sys.getattr(intern!(sys.py(), "meta_path"))?.cast_into::<PyList>() else { return Ok(()) };
    if finders.get_item(0).is_ok_and(|first| first.is(finder)) {
        return Ok(());
    }
    for place in (0..finders.len()).rev() {
        if finders.get_item(place)?.is(finder) {
            finders.del_item(place)?;
        }
    }
    finders.insert(0, finder)
}

/// The finder in front of `sys.meta_path`.
#[pyclass(frozen, module = "atimport._native")]
struct SealFinder {}

#[pymethods]
impl SealFinder {
    /// Refuses what a seal forbids; what is only asked about, and not imported, is left to the others.
    #[pyo3(signature = (name, path=None, target=None))]
    fn find_spec<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
        path: Option<&Bound<'py, PyAny>>,
        target: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if asker::is_import(slf.py()) { find(slf, name, path, target) } else { Ok(None) }
    }

    fn __repr__(&self) -> &'static str {
        "<finder of atimport's seal>"
    }
}

/// The audit hook.
#[pyclass(frozen, module = "atimport._native")]
struct SealHook {
    finder: Py<SealFinder>,
}

#[pymethods]
impl SealHook {
    fn __call__(&self, event: &Bound<'_, PyString>, _arguments: &Bound<'_, PyAny>) -> PyResult<()> {
        if event.to_str()? != "import" {
            return Ok(());
        }
        let py = event.py();
        put_first(capture::captured(py)?.sys.bind(py), self.finder.bind(py))
    }
}
