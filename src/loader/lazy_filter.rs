//! The registry answers for `lazy import` statements too (PEP 810, 3.15 and newer).
//!
//! The interpreter has one filter for lazy imports, `sys.set_lazy_imports_filter`. Ours says no when the importing module or
//! the imported one is pinned, and otherwise asks the filter that was there before. Whoever sets another filter later
//! replaces ours, which is put in front of theirs again at the next module execution, pin or decision.
//!
//! ```python
//! pin_eager("pip.*")       # `lazy import` in pip, and of pip's modules elsewhere, is an ordinary import
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{capture, policy};
use crate::overrides::{Ruling, Subject, pattern};
use crate::runtime::{ffi, interpreter};

/// Our filter, in front of another.
#[pyclass(frozen, module = "atimport._native")]
struct LazyFilter {
    previous: Option<Py<PyAny>>,
}

#[pymethods]
impl LazyFilter {
    /// Whether the import may be lazy.
    fn __call__(
        &self,
        py: Python<'_>,
        importer: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        fromlist: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let imported: Option<String> = name.extract().ok();
        let mut asked: Vec<String> = importer.extract().ok().into_iter().collect();
        if let (Some(imported), Ok(members)) = (&imported, fromlist.cast::<PyTuple>()) {
            let members = members.iter().filter_map(|member| member.extract::<String>().ok());
            asked.extend(members.map(|member| format!("{imported}.{member}")));
        }
        asked.extend(imported);
        for module in &asked {
            if is_pinned(py, module)? {
                return Ok(false);
            }
        }
        match &self.previous {
            Some(previous) => previous.bind(py).call1((importer, name, fromlist))?.is_truthy(),
            None => Ok(true),
        }
    }

    fn __repr__(&self) -> &'static str {
        "<filter of atimport's override registry>"
    }
}

/// Puts our filter in front, where the interpreter has one and a rule pins anything.
///
/// # Errors
/// What the functions of `sys` raise.
pub fn keep(py: Python<'_>) -> PyResult<()> {
    if interpreter::minor(py) < 15 || !policy::with_registry(|registry| registry.has_pins()) {
        return Ok(());
    }
    let sys = capture::captured(py)?.sys.bind(py);
    let current = sys.call_method0(intern!(py, "get_lazy_imports_filter"))?;
    if current.is_instance_of::<LazyFilter>() {
        return Ok(());
    }
    let previous = (!current.is_none()).then(|| current.unbind());
    sys.call_method1(intern!(py, "set_lazy_imports_filter"), (Py::new(py, LazyFilter { previous })?,))?;
    Ok(())
}

/// Whether a rule makes a module eager, by the name given, the one under which it was imported, and its source path.
fn is_pinned(py: Python<'_>, module: &str) -> PyResult<bool> {
    let sys = capture::captured(py)?.sys.bind(py);
    let found = sys.getattr(intern!(py, "modules"))?.cast_into::<PyDict>()?.get_item(module)?;
    // not by attribute access: that may run deferred code
    let dict = found.and_then(|found| ffi::raw_dict(&found));
    let text = |name| -> Option<String> { dict.as_ref()?.get_item(name).ok()??.extract().ok() };
    let own = text(intern!(py, "__name__"));
    let path = text(intern!(py, "__file__"));
    let path = path
        .filter(|_| policy::with_registry(|registry| registry.asks_for_paths()))
        .map(|path| pattern::canonical(&path));
    let names: Vec<&str> = std::iter::once(module).chain(own.as_deref().filter(|own| *own != module)).collect();
    Ok(policy::with_registry(|registry| {
        matches!(registry.ruling(&Subject { names: &names, path: path.as_deref() }), Ruling::Eager { .. })
    }))
}
