//! The bytecode cache of one source, natively: where its pyc and its image are, and the code object of a pyc that is valid.
//!
//! What `SourceLoader.get_code` (Lib/importlib/_bootstrap_external.py) does when everything is in order: one `stat` of the
//! source, one read of the pyc, the comparison of time and size, `marshal.loads`. Everything else is left to the stock
//! method: no pyc, another magic number, hash-based pycs (PEP 552), a loader whose methods somebody has replaced, `-v`, a
//! path that is no plain text.
//!
//! ```python
//! /lib/pkg/mod.py  ->  /lib/pkg/__pycache__/mod.cpython-313.pyc, /lib/pkg/__pycache__/mod.cpython-313.ati
//! ```
//!
//! Reads raise the audit event `open` (PEP 578) as `io.open_code` does; a hook of `PyFile_SetOpenCodeHook` is not asked.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMemoryView, PySlice, PyString};

use super::capture::Captured;
use super::memory::File;
use super::{ahead, prefetch};
use crate::image::store;
use crate::runtime::resolve::unmarshalled_part;
use crate::runtime::timing::{self, What};

/// Size in bytes of what stands before the code object in a pyc: magic number, flags, time and size of the source.
const PYC_HEAD: usize = 16;
/// `os.O_RDONLY | os.O_CLOEXEC`, with which Python opens files for reading.
const OPEN_FLAGS: u32 = 0o2_000_000;

/// A source file and the files that are cached for it.
pub struct Source {
    /// Path of the source.
    pub path: String,
    /// Modification time in seconds, truncated to 32 bits as in a pyc.
    pub mtime: u32,
    /// Size in bytes, truncated to 32 bits.
    pub size: u32,
    /// Path of its pyc.
    pub pyc: PathBuf,
}

/// Looks a source up; nothing when the stock methods have to be asked.
///
/// # Errors
/// What reading `sys.pycache_prefix` and its like raises.
pub fn find(captured: &Captured, loader: &Bound<'_, PyAny>) -> PyResult<Option<Source>> {
    let py = loader.py();
    if captured.verbose || !is_unpatched(captured, loader)? {
        return Ok(None);
    }
    let Some(path) = captured.native_path(&loader.getattr(intern!(py, "path"))?) else { return Ok(None) };
    let Some(pyc) = pyc_path(captured, py, &path)? else { return Ok(None) };
    let Ok(found) = fs::metadata(&path) else { return Ok(None) };
    Ok(stamp(&found).map(|(mtime, size)| Source { path, mtime, size, pyc }))
}

/// Whether the loader does what the stock source loader does: neither its class nor itself has other methods.
fn is_unpatched(captured: &Captured, loader: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = loader.py();
    let class = loader.get_type();
    for (name, stock) in &captured.source_methods {
        if !class.getattr(name.bind(py))?.is(stock) {
            return Ok(false);
        }
    }
    // `name` and `path`
    Ok(loader.getattr(intern!(py, "__dict__"))?.cast::<PyDict>().is_ok_and(|own| own.len() == 2))
}

/// `cache_from_source`, for the interpreter's own optimisation level; nothing when there is no cache tag.
///
/// # Errors
/// What reading `sys.pycache_prefix` and its like raises.
pub fn pyc_path(captured: &Captured, py: Python<'_>, path: &str) -> PyResult<Option<PathBuf>> {
    let plain = captured.sys.bind(py).getattr(intern!(py, "pycache_prefix"))?.is_none() && cfg!(unix);
    if !plain {
        return Ok(captured.cache_from_source.bind(py).call1((path,)).and_then(|found| found.extract()).ok());
    }
    let tag = captured.implementation.bind(py).getattr(intern!(py, "cache_tag"))?;
    let Ok(tag) = tag.extract::<String>() else { return Ok(None) };
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((stem, _)) = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else { return Ok(None) };
    let level = match captured.optimize {
        0 => String::new(),
        level => format!(".opt-{level}"),
    };
    let slash = if path.contains('/') { "/" } else { "" };
    Ok(Some(PathBuf::from(format!("{folder}{slash}__pycache__/{stem}.{tag}{level}.pyc"))))
}

/// Modification time and size, truncated as in a pyc.
fn stamp(found: &fs::Metadata) -> Option<(u32, u32)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as in a pyc (`_pack_uint32`)")]
        // before 1970 `int(st_mtime)` rounds the other way
        (found.mtime() >= 0).then(|| (found.mtime() as u32, found.size() as u32))
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        None
    }
}

impl Source {
    /// The image beside the pyc.
    pub fn image(&self) -> PathBuf {
        store::image_path(&self.pyc)
    }

    /// The code object of a valid pyc; nothing when the stock method has to be asked.
    ///
    /// # Errors
    /// What an audit hook raises.
    pub fn code<'py>(&self, captured: &Captured, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(file) = read_into_bytes(captured, py, &self.pyc)? else { return Ok(None) };
        let bytes = file.as_bytes();
        if bytes.len() < PYC_HEAD
            || bytes[..4] != captured.magic
            || bytes[4..8] != [0; 4]
            || bytes[8..12] != self.mtime.to_le_bytes()
            || bytes[12..16] != self.size.to_le_bytes()
        {
            return Ok(None);
        }
        let whole = PyMemoryView::from(file.as_any())?;
        let part = whole.get_item(PySlice::new(py, PYC_HEAD.cast_signed(), bytes.len().cast_signed(), 1))?;
        let code = unmarshalled_part(&part, bytes.len() - PYC_HEAD)?;
        if !code.get_type().is(&captured.code_type) {
            return Ok(None); // `_compile_bytecode` has the words for it
        }
        let path = PyString::new(py, &self.path);
        captured.fix_co_filename.bind(py).call1((&code, path))?;
        Ok(Some(code))
    }
}

/// The bytes of a cached file; nothing when it can't be read.
///
/// # Errors
/// What an audit hook raises.
pub fn read(captured: &Captured, py: Python<'_>, path: &Path) -> PyResult<Option<File>> {
    let mut span = timing::span_here(What::Read, 0);
    audit(captured, py, path)?;
    let file = ahead::take(path).map(File::from).or_else(|| py.detach(|| File::read(path)).ok());
    if file.is_some() {
        prefetch::has_read(path);
    }
    timing::has_read(&mut span, file.as_ref().map_or(0, |file| file.len()));
    Ok(file)
}

/// The same as an object of Python's, into which they are read: a pyc is not copied.
///
/// # Errors
/// What an audit hook raises.
fn read_into_bytes<'py>(captured: &Captured, py: Python<'py>, path: &Path) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let mut span = timing::span_here(What::Read, 0);
    audit(captured, py, path)?;
    if let Some(bytes) = ahead::take(path) {
        prefetch::has_read(path);
        timing::has_read(&mut span, bytes.len());
        return Ok(Some(PyBytes::new(py, &bytes)));
    }
    let opened = py.detach(|| {
        let file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        Ok::<_, std::io::Error>((file, length))
    });
    let Ok((mut file, length)) = opened else { return Ok(None) };
    let Ok(length) = usize::try_from(length) else { return Ok(None) };
    prefetch::has_read(path);
    timing::has_read(&mut span, length);
    // pycs are replaced and not rewritten: one that has become shorter is for the stock method to judge
    Ok(PyBytes::new_with(py, length, |buffer| py.detach(|| Ok(file.read_exact(buffer)?))).ok())
}

/// Tells audit hooks that a file is about to be read.
///
/// # Errors
/// What an audit hook raises.
pub fn audit(captured: &Captured, py: Python<'_>, path: &Path) -> PyResult<()> {
    captured.audit.bind(py).call1((intern!(py, "open"), path.as_os_str(), intern!(py, "rb"), OPEN_FLAGS))?;
    Ok(())
}
