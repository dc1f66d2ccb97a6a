//! Every Python object that the import path needs, captured once when atimport is installed.
//!
//! A lazy look-up inside an import hook re-enters the hook; so the loader never imports anything while it works. All of
//! these come from built-in and frozen modules, which are in memory in every interpreter.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::runtime::interpreter;

/// The captured objects.
pub struct Captured {
    /// `builtins.compile`.
    pub compile: Py<PyAny>,
    /// `marshal.dumps`.
    pub dumps: Py<PyAny>,
    /// `_bootstrap_external.cache_from_source`.
    pub cache_from_source: Py<PyAny>,
    /// `_bootstrap_external.decode_source`.
    pub decode_source: Py<PyAny>,
    /// `_bootstrap._call_with_frames_removed`: importlib's own frames are cut from a traceback only above a call of it.
    pub call_with_frames_removed: Py<PyAny>,
    /// `builtins.exec`.
    pub exec: Py<PyAny>,
    /// `_warnings.warn_explicit`.
    pub warn_explicit: Py<PyAny>,
    /// `sys`.
    pub sys: Py<PyAny>,
    /// `_frozen_importlib_external`.
    pub external: Py<PyAny>,
    /// `zipimport.zipimporter`.
    pub zipimporter: Py<PyAny>,
    /// `sys.audit`.
    pub audit: Py<PyAny>,
    /// `sys.implementation`.
    pub implementation: Py<PyAny>,
    /// `_imp._fix_co_filename`.
    pub fix_co_filename: Py<PyAny>,
    /// `_imp`, whose attribute `check_hash_based_pycs` has the option of that name.
    pub imp: Py<PyAny>,
    /// `_imp.source_hash`.
    pub source_hash: Py<PyAny>,
    /// `_bootstrap_external._RAW_MAGIC_NUMBER` (from 3.14 on `_imp.pyc_magic_number_token`), the key of that hash.
    pub raw_magic: u64,
    /// The file system's encoding is UTF-8, as Rust takes a path to be.
    pub utf8: bool,
    /// `importlib.machinery.SourceFileLoader`.
    pub source_loader: Py<PyAny>,
    /// The stock `SourceFileLoader.exec_module`.
    pub exec_module: Py<PyAny>,
    /// `sys.flags.isolated`: nothing of the user's is used.
    pub isolated: bool,
    /// `types.CodeType`.
    pub code_type: Py<PyAny>,
    /// `importlib.machinery.ModuleSpec`.
    pub module_spec: Py<PyAny>,
    /// `importlib.machinery.FileFinder`.
    pub file_finder: Py<PyAny>,
    /// The stock `FileFinder.find_spec`.
    pub find_spec: Py<PyAny>,
    /// Methods of the stock source loader whose work is done natively, by name.
    pub source_methods: Vec<(Py<PyString>, Py<PyAny>)>,
    /// `sys.flags.optimize`.
    pub optimize: u8,
    /// `sys.flags.verbose` is not 0: importlib then says what it does, which native code does not.
    pub verbose: bool,
    /// `importlib.util.MAGIC_NUMBER`.
    pub magic: [u8; 4],
    /// `sys.platform`.
    pub platform: String,
    /// `sys.version_info[:2]`.
    pub version: (u8, u8),
}

/// What `exec_module` of the stock source loader calls on itself until it has a code object.
const SOURCE_METHODS: [&str; 4] = ["get_code", "get_filename", "path_stats", "get_data"];

static CAPTURED: PyOnceLock<Captured> = PyOnceLock::new();

impl Captured {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let builtins = py.import("builtins")?;
        let bootstrap = py.import("_frozen_importlib")?;
        let external = py.import("_frozen_importlib_external")?;
        let sys = py.import("sys")?;
        let imp = py.import("_imp")?;
        let magic = external.getattr("MAGIC_NUMBER")?;
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&magic.cast::<PyBytes>()?.as_bytes()[..4]);
        let version = py.version_info();
        let flags = sys.getattr("flags")?;
        let source_loader = external.getattr("SourceFileLoader")?;
        let file_finder = external.getattr("FileFinder")?;
        // the one module here that is neither built in nor frozen: see `runtime::ffi::descriptors`
        let types = py.import("types")?;
        Ok(Self {
            compile: builtins.getattr("compile")?.unbind(),
            exec: builtins.getattr("exec")?.unbind(),
            audit: sys.getattr("audit")?.unbind(),
            implementation: sys.getattr("implementation")?.unbind(),
            fix_co_filename: imp.getattr("_fix_co_filename")?.unbind(),
            source_hash: imp.getattr("source_hash")?.unbind(),
            imp: imp.into_any().unbind(),
            // not from a compiled example: the first call of `compile` makes all types of syntax trees
            code_type: types.getattr("CodeType")?.unbind(),
            module_spec: bootstrap.getattr("ModuleSpec")?.unbind(),
            find_spec: file_finder.getattr("find_spec")?.unbind(),
            file_finder: file_finder.unbind(),
            source_methods: SOURCE_METHODS
                .iter()
                .map(|name| Ok((PyString::intern(py, name).unbind(), source_loader.getattr(name)?.unbind())))
                .collect::<PyResult<_>>()?,
            raw_magic: u64::from(u32::from_le_bytes(bytes)),
            utf8: sys.call_method0("getfilesystemencoding")?.eq("utf-8")?,
            exec_module: source_loader.getattr("exec_module")?.unbind(),
            source_loader: source_loader.unbind(),
            isolated: flags.getattr("isolated")?.is_truthy()?,
            optimize: flags.getattr("optimize")?.extract()?,
            verbose: flags.getattr("verbose")?.is_truthy()?,
            dumps: py.import("marshal")?.getattr("dumps")?.unbind(),
            cache_from_source: external.getattr("cache_from_source")?.unbind(),
            decode_source: external.getattr("decode_source")?.unbind(),
            call_with_frames_removed: bootstrap.getattr("_call_with_frames_removed")?.unbind(),
            warn_explicit: py.import("_warnings")?.getattr("warn_explicit")?.unbind(),
            platform: sys.getattr("platform")?.extract()?,
            sys: sys.into_any().unbind(),
            zipimporter: py.import("zipimport")?.getattr("zipimporter")?.unbind(),
            external: external.into_any().unbind(),
            magic: bytes,
            version: (version.major, version.minor),
        })
    }
}

impl Captured {
    /// A path that means the same file to Rust: an exact `str` without lone surrogates (bytes that could not be decoded),
    /// and only ASCII where the file system's encoding isn't UTF-8.
    pub fn native_path(&self, path: &Bound<'_, PyAny>) -> Option<String> {
        let path = path.cast_exact::<PyString>().ok()?.to_str().ok()?;
        (self.utf8 || path.is_ascii()).then(|| path.to_owned())
    }

    /// What `--check-hash-based-pycs` says; `importlib` reads it each time, too.
    pub fn check_hash_based_pycs(&self, py: Python<'_>) -> Option<String> {
        self.imp.bind(py).getattr("check_hash_based_pycs").ok()?.extract().ok()
    }
}

/// The captured objects; captured by the first call, which installing makes.
///
/// # Errors
/// When an interpreter lacks one of them; then atimport can't be installed.
pub fn captured(py: Python<'_>) -> PyResult<&Captured> {
    // built-in and frozen modules only: nothing here can come back to this cell
    CAPTURED.get_or_try_init(py, || {
        interpreter::interpreter(py)?;
        Captured::new(py)
    })
}
