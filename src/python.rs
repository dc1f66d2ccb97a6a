//! `atimport._native`: a table of contents.

use pyo3::prelude::*;

/// The native core of atimport: the loaders, deferred modules, the override registry, the analysis.
#[pymodule]
mod _native {
    use std::collections::BTreeMap;

    use pyo3::prelude::*;
    use pyo3::types::{PyModule, PyTuple};

    use crate::loader::{explain as explaining, install as installing, policy};
    use crate::runtime::{events, ffi, report};

    #[pymodule_export]
    use crate::error::{DeclarationWarning, DeferredExecutionError};
    #[pymodule_export]
    use crate::loader::decision::Decision;
    #[pymodule_export]
    use crate::loader::explain::{Diagnostic, ExplainedStatement, Explanation};
    #[pymodule_export]
    use crate::runtime::events::Counts;
    #[pymodule_export]
    use crate::runtime::report::ResolveReport;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        ffi::refuse_sub_interpreters(module.py())?;
        ffi::make_types(module.py())
    }

    /// Honours ``__at_import__`` in every module that is imported from now on; idempotent.
    ///
    /// Puts the loaders into ``sys.path_hooks``. Raises RuntimeError in an interpreter that isn't supported.
    #[pyfunction]
    fn install(py: Python<'_>) -> PyResult<()> {
        installing::install(py)
    }

    /// Takes the loaders away; idempotent. Modules imported with them stay as they are.
    #[pyfunction]
    fn uninstall(py: Python<'_>) -> PyResult<()> {
        installing::uninstall(py)
    }

    /// Whether the loaders are in place.
    #[pyfunction]
    fn is_installed() -> bool {
        installing::is_installed()
    }

    /// Makes modules eager whatever they declare; always wins.
    ///
    /// pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it) or ``*``.
    /// Raises ValueError naming a malformed pattern.
    #[pyfunction]
    #[pyo3(signature = (pattern, *, reason=""))]
    fn pin_eager(py: Python<'_>, pattern: &str, reason: &str) -> PyResult<()> {
        policy::pin_eager(py, pattern, reason)
    }

    /// Treats modules as opted in.
    ///
    /// pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it) or ``*``.
    /// Raises ValueError naming a malformed pattern.
    #[pyfunction]
    #[pyo3(signature = (pattern, *, reason=""))]
    fn assume_deferred(py: Python<'_>, pattern: &str, reason: &str) -> PyResult<()> {
        policy::assume_deferred(py, pattern, reason)
    }

    /// What the rules say about a module's dotted name, which need not exist; imports nothing.
    #[pyfunction]
    fn decide(py: Python<'_>, name: &str) -> PyResult<Decision> {
        policy::decide(py, name).map(Decision::from)
    }

    /// Whether any name of a module is pending; triggers nothing.
    #[pyfunction]
    fn is_deferred(module: &Bound<'_, PyModule>) -> bool {
        report::is_deferred(module)
    }

    /// Pending names of a module, in the order in which an eager run binds them; triggers nothing.
    #[pyfunction]
    fn pending<'py>(module: &Bound<'py, PyModule>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(module.py(), report::pending(module))
    }

    /// Executes what is pending in a module, in modules matching a pattern, or behind one name.
    ///
    /// target: a module, its dotted name, ``pkg.mod.name``, or a pattern (``pkg.*``; ``*`` means everything).
    /// Errors of deferred code are collected in the report. Raises LookupError when the target matches no imported module
    /// and no name of one, ValueError when it is malformed.
    #[pyfunction]
    #[pyo3(signature = (target=None), text_signature = "(target=\"*\")")]
    fn resolve(py: Python<'_>, target: Option<Bound<'_, PyAny>>) -> PyResult<ResolveReport> {
        let target = target.unwrap_or_else(|| pyo3::types::PyString::intern(py, "*").into_any());
        report::resolve_target(&target)
    }

    /// Which lines of a source run for a name (or, without one, of all), when, and why; runs nothing.
    ///
    /// Raises ValueError when the source can't be parsed, LookupError when no such name is bound.
    #[pyfunction]
    #[pyo3(signature = (source, path, module, is_package, name=None))]
    fn explain(
        py: Python<'_>,
        source: &str,
        path: &str,
        module: &str,
        is_package: bool,
        name: Option<String>,
    ) -> PyResult<Explanation> {
        explaining::explain(py, source, path, module, is_package, name)
    }

    /// How much of each module that was imported deferred has run, by module name; complete modules too.
    #[pyfunction]
    fn counts() -> BTreeMap<String, Counts> {
        events::counts()
    }
}
