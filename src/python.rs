//! `atimport._native`: a table of contents.

use pyo3::prelude::*;

/// The native core of atimport: the loaders, deferred modules, the override registry, the analysis.
#[pymodule]
mod _native {
    use std::collections::BTreeMap;

    use pyo3::prelude::*;
    use pyo3::types::{PyModule, PyTuple};

    use crate::loader::{
        explain as explaining, install as installing, policy, prebuilt, prefetch as fetching, rules as registered,
        script, seal as sealing, user_cache as caching,
    };
    use crate::runtime::{events, ffi, report, stats as summing, timing};

    #[pymodule_export]
    use crate::error::{
        DeclarationWarning, DeferredExecutionError, FrozenRegistryError, SealedImportError, SealedImportWarning,
    };
    #[pymodule_export]
    use crate::loader::decision::{Decision, Rule};
    #[pymodule_export]
    use crate::loader::explain::{Diagnostic, ExplainedStatement, Explanation};
    #[pymodule_export]
    use crate::loader::rules::Registration;
    #[pymodule_export]
    use crate::runtime::events::Counts;
    #[pymodule_export]
    use crate::runtime::report::ResolveReport;
    #[pymodule_export]
    use crate::runtime::stats::{ModuleCost, NameCost, Stats};

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

    /// Has native threads read the images and pycs of those of ``sources`` (pairs of name and path) that a pattern matches.
    ///
    /// Returns the number of modules. Raises ValueError naming a malformed pattern.
    #[pyfunction]
    fn prefetch(py: Python<'_>, patterns: Vec<String>, sources: Vec<(String, String)>) -> PyResult<usize> {
        fetching::prefetch(py, patterns, sources)
    }

    /// Whether the loaders are in place.
    #[pyfunction]
    fn is_installed() -> bool {
        installing::is_installed()
    }

    /// Makes modules eager whatever they declare; always wins, whenever it is called.
    ///
    /// pattern: ``pkg`` (that module), ``pkg.*`` (that module and everything below it), ``*``, a glob (``pkg.*.tests``),
    /// or the absolute path of a source file or folder. deep: it holds for all that is imported while a matching module
    /// executes, too. owner: who says it; the calling module by default. What is pending in matching modules runs at once:
    /// see the report. Raises ValueError naming a malformed pattern, FrozenRegistryError once the registry is frozen.
    #[pyfunction]
    #[pyo3(signature = (pattern, *, reason="", owner="", deep=false))]
    fn pin_eager(py: Python<'_>, pattern: &str, reason: &str, owner: &str, deep: bool) -> PyResult<Registration> {
        registered::pin_eager(py, pattern, reason, owner, deep)
    }

    /// Treats modules as opted in.
    ///
    /// pattern and owner: as for pin_eager. Raises ValueError naming a malformed pattern, FrozenRegistryError once the
    /// registry is frozen.
    #[pyfunction]
    #[pyo3(signature = (pattern, *, reason="", owner=""))]
    fn assume_deferred(py: Python<'_>, pattern: &str, reason: &str, owner: &str) -> PyResult<Registration> {
        registered::assume_deferred(py, pattern, reason, owner)
    }

    /// Ends all change of rules in this process: adding and withdrawing raise FrozenRegistryError, and
    /// ``sys.at_import_eager`` is not read again. There is no way back.
    #[pyfunction]
    fn freeze(py: Python<'_>) -> PyResult<()> {
        registered::freeze(py)
    }

    /// Whether the registry is frozen.
    #[pyfunction]
    fn is_frozen() -> bool {
        policy::with_registry(|registry| registry.is_frozen())
    }

    /// Every rule, in the order in which they came.
    #[pyfunction]
    fn rules(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        registered::all(py)
    }

    /// What the rules say about a module's dotted name, which need not exist; imports nothing.
    ///
    /// All names that the module has in ``sys.modules`` count. path: its source path, for rules about paths; that of the
    /// imported module by default.
    #[pyfunction]
    #[pyo3(signature = (name, *, path=None))]
    fn decide(py: Python<'_>, name: &str, path: Option<&str>) -> PyResult<Decision> {
        registered::decide(py, name, path)
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
    /// target: a module, its dotted name, ``pkg.mod.name``, or a pattern (``pkg.*``; ``*`` means everything). Goes on until
    /// nothing is pending; on 3.15 names that hold lazy objects (PEP 810) in modules that match a pattern are resolved and
    /// bound too, unless `lazy` is false.
    /// Errors of deferred code are collected in the report. Raises LookupError when the target matches no imported module
    /// and no name of one, ValueError when it is malformed.
    #[pyfunction]
    #[pyo3(signature = (target=None, *, lazy=true), text_signature = "(target=\"*\", *, lazy=True)")]
    fn resolve(py: Python<'_>, target: Option<Bound<'_, PyAny>>, lazy: bool) -> PyResult<ResolveReport> {
        let target = target.unwrap_or_else(|| pyo3::types::PyString::intern(py, "*").into_any());
        ffi::exit::staying(|| report::resolve_target(&target, lazy))
    }

    /// The point of no return: from now on no module is read that `allow` doesn't name.
    ///
    /// allow: patterns as for pin_eager, one or several; ``"stdlib"`` stands for the standard library. mode: ``"raise"``:
    /// the import raises SealedImportError; ``"warn"``: it warns (SealedImportWarning) and goes on. Deferred code may still
    /// run; modules found missing by an earlier `resolve` fail as such, without a look at the disk; nothing more is
    /// deferred. Sealing again can only forbid more. Raises ValueError for a malformed pattern or another mode.
    #[pyfunction]
    #[pyo3(signature = (*, allow=None, mode="raise"), text_signature = "(*, allow=\"stdlib\", mode=\"raise\")")]
    fn seal(py: Python<'_>, allow: Option<Bound<'_, PyAny>>, mode: &str) -> PyResult<()> {
        let allow = match allow {
            None => vec!["stdlib".to_owned()],
            Some(one) if one.is_instance_of::<pyo3::types::PyString>() => vec![one.extract()?],
            Some(several) => several.try_iter()?.map(|one| one?.extract()).collect::<PyResult<_>>()?,
        };
        sealing::seal(py, &allow, mode)
    }

    /// Whether the process is sealed.
    #[pyfunction]
    fn is_sealed() -> bool {
        sealing::is_sealed()
    }

    /// Splits a source file and writes its image beside it; runs nothing.
    ///
    /// For ``atimport compile`` and for installers (see ``atimport.installer``). path: the source; module: its dotted name;
    /// is_package: whether it is a package's. assume: also if it declares nothing; flagged: the image says that the module
    /// is to be deferred without a line in it. checked_hash: None for an image that knows its source by time and size, else
    /// by its hash (PEP 552), and whether an import compares that. force: also if there is one that can be used.
    /// Returns what came of it, ``"written"``, ``"fresh"`` (there was one), ``"undeclared"``, ``"eager"`` (can't be
    /// deferred, so not flagged) or ``"uncached"`` (no place for one), and the path of the image, if there is one.
    /// Raises SyntaxError for a source that can't be compiled, OSError when the image can't be written.
    #[pyfunction]
    #[pyo3(signature = (path, module, is_package, *, assume=false, flagged=false, checked_hash=None, force=false))]
    #[expect(clippy::too_many_arguments, reason = "all but three are keywords")]
    fn write_image(
        py: Python<'_>,
        path: &str,
        module: &str,
        is_package: bool,
        assume: bool,
        flagged: bool,
        checked_hash: Option<bool>,
        force: bool,
    ) -> PyResult<(&'static str, Option<std::path::PathBuf>)> {
        let request = prebuilt::Request { assume, flagged, hashed: checked_hash, force };
        prebuilt::write_image(py, path, module, is_package, request)
    }

    /// Folder of this user's images of sources whose own folders can't be written, None where there is none.
    #[pyfunction]
    fn user_cache(py: Python<'_>) -> PyResult<Option<std::path::PathBuf>> {
        caching::folder(py)
    }

    /// Compiles a script, as read from its file, without the classes of ``ast`` that the built-in ``compile`` makes.
    ///
    /// `path` is encoded as ``os.fsencode`` does. Raises SyntaxError, and ValueError for a null byte.
    #[pyfunction]
    fn compile_script<'py>(py: Python<'py>, source: &[u8], path: &[u8]) -> PyResult<Bound<'py, pyo3::types::PyCode>> {
        script::compile(py, source, path)
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

    /// Starts recording where the time goes, afresh, or stops it; what was recorded stays.
    #[pyfunction]
    fn record(on: bool) {
        timing::record(on);
    }

    /// What has been recorded, in the order in which it ended.
    ///
    /// Each is what was done (``"find"``, ``"read"``, ``"unmarshal"``, ``"split"``, ``"execute"``, ``"defer"`` or
    /// ``"touch"``), for which module, the name that was touched or None; its begin, its duration and its own time, without
    /// the spans within it, in microseconds; bytes; and a number for the thread.
    #[pyfunction]
    fn spans() -> Vec<summing::Row> {
        summing::rows()
    }

    /// Where the time went while it was recorded (see ``atimport.profiling``): module by module, name by name.
    #[pyfunction]
    fn stats(py: Python<'_>) -> PyResult<Stats> {
        summing::stats(py)
    }

    /// How much of each module that was imported deferred has run, by module name; complete modules too.
    #[pyfunction]
    fn counts() -> BTreeMap<String, Counts> {
        events::counts()
    }
}
