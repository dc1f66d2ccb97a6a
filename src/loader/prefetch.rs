//! What is read ahead: the images and pycs of modules that patterns name, or those that an earlier run of the same program
//! has read.
//!
//! ```python
//! atimport.prefetch("pkg.*")          # the modules below pkg, where the stock finder would find them
//! # ATIMPORT_PREFETCH=profile         # at the end a run writes down what it has read, and the next one begins with that
//! ```
//!
//! Terms: the *entry point* is what the interpreter was started for, a script or `-m module`; its *profile* is the list of
//! files, kept in the per-user cache ([`super::user_cache`]), never beside the script: programs stand in folders where
//! nobody expects a `__pycache__`.
//!
//! Nothing is executed, and nothing that is read ahead is believed: see [`super::ahead`]. A profile of something else costs
//! reading, and no more. A line that is no path of an image or a pyc is left out.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

use super::capture::{Captured, captured};
use super::{ahead, cached, policy, seal, user_cache};
use crate::image::store;
use crate::overrides::Pattern;
use crate::runtime::sync::lock;

/// What to do without being asked.
const VARIABLE: &str = "ATIMPORT_PREFETCH";
/// First line of a profile.
const HEAD: &str = "atimport prefetch 1";
/// Most files of a profile.
const MOST: usize = 10_000;

/// The run that is recorded.
struct Run {
    /// A child of `fork` writes none.
    process: u32,
    /// Where its profile is kept.
    profile: PathBuf,
    /// What stood there.
    old: Vec<PathBuf>,
    /// Files of the cache that have been read, in order.
    seen: Vec<PathBuf>,
}

static RUN: Mutex<Option<Run>> = Mutex::new(None);
/// Whether there is a [`RUN`]: asked at every import.
static RECORDING: AtomicBool = AtomicBool::new(false);

/// Has the images and pycs of those sources read ahead whose names (the first of each pair) a pattern matches. Returns the
/// number of modules.
///
/// # Errors
/// `ValueError` for a pattern that can't be understood.
pub fn prefetch(py: Python<'_>, patterns: Vec<String>, sources: Vec<(String, String)>) -> PyResult<usize> {
    let captured = captured(py)?;
    if seal::is_sealed() {
        return Ok(0);
    }
    let patterns = patterns.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut files = Vec::new();
    let mut modules = 0;
    for (name, path) in sources {
        if patterns.iter().any(|pattern| pattern.matches(&name) || pattern.matches_source(&path))
            && let Some(pyc) = cached::pyc_path(captured, py, &path)?
        {
            files.extend([store::image_path(&pyc), pyc]);
            modules += 1;
        }
    }
    ahead::read_ahead(files);
    Ok(modules)
}

/// Does what `ATIMPORT_PREFETCH` says: reads what the last run of this entry point has read, and records this one.
///
/// # Errors
/// When a warning about another value is turned into an error.
pub fn begin(py: Python<'_>, captured: &Captured) -> PyResult<()> {
    let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return Ok(()) };
    if value != "profile" {
        let value = value.to_string_lossy();
        return policy::warn(py, &format!("{VARIABLE}: {value:?} is not \"profile\"; it is ignored"));
    }
    if RECORDING.load(Ordering::Acquire) {
        return Ok(());
    }
    let Some(profile) = profile(py, captured)? else { return Ok(()) };
    let old = read_profile(captured, py, &profile)?;
    ahead::read_ahead(old.clone());
    *lock(&RUN) = Some(Run { process: std::process::id(), profile, old, seen: Vec::new() });
    RECORDING.store(true, Ordering::Release);
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, py)?,))?;
    Ok(())
}

/// A file of the cache has been read for an import.
pub fn has_read(file: &Path) {
    if RECORDING.load(Ordering::Acquire)
        && let Some(run) = lock(&RUN).as_mut()
        && run.seen.len() < MOST
    {
        run.seen.push(file.to_owned());
    }
}

/// Writes the profile, where it differs from the last one and the interpreter was not told not to write bytecode: what
/// `atexit` calls.
#[pyfunction]
fn end(py: Python<'_>) -> PyResult<()> {
    let captured = captured(py)?;
    let Some(Run { process, profile, old, mut seen }) = lock(&RUN).take() else { return Ok(()) };
    let refused = captured.sys.bind(py).getattr(intern!(py, "dont_write_bytecode"))?.is_truthy()?;
    let mut known = HashSet::new();
    // what can't stand in a line is left out
    seen.retain(|path| path.to_str().is_some_and(|text| !text.contains('\n')) && known.insert(path.clone()));
    if refused || process != std::process::id() || known == old.into_iter().collect() {
        return Ok(());
    }
    let lines = std::iter::once(HEAD).chain(seen.iter().filter_map(|path| path.to_str()));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    user_cache::write(captured, &profile, text.as_bytes(), 0o644);
    Ok(())
}

/// Where the profile of this process is kept; nothing when there is no entry point to be known again (`-c`, interactive).
fn profile(py: Python<'_>, captured: &Captured) -> PyResult<Option<PathBuf>> {
    let sys = captured.sys.bind(py);
    let Ok(words) = sys.getattr(intern!(py, "orig_argv")).and_then(|words| words.extract::<Vec<String>>()) else {
        return Ok(None);
    };
    let script = sys.getattr(intern!(py, "argv")).and_then(|words| words.get_item(0)?.extract::<String>());
    let path = match script.unwrap_or_default().as_str() {
        "" | "-" | "-c" => return Ok(None),
        // of a module that is still being looked for; its name stands in the same folder as the interpreter
        "-m" => match words.iter().position(|word| word == "-m").and_then(|place| words.get(place + 1)) {
            Some(name) => Path::new(&words[0]).with_file_name(format!("{name}.py")),
            None => return Ok(None),
        },
        script => PathBuf::from(script),
    };
    let Ok(mut path) = std::path::absolute(path) else { return Ok(None) };
    if path.extension().is_none_or(|suffix| suffix != "py") {
        path.as_mut_os_string().push(".py");
    }
    let Some(path) = path.to_str() else { return Ok(None) };
    Ok(cached::pyc_path(captured, py, path)?.map(|pyc| pyc.with_extension("prefetch")))
}

fn read_profile(captured: &Captured, py: Python<'_>, profile: &Path) -> PyResult<Vec<PathBuf>> {
    let bytes = user_cache::read(captured, py, profile)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return Ok(Vec::new());
    }
    let known = |path: &PathBuf| {
        path.is_absolute() && path.extension().is_some_and(|suffix| suffix == "ati" || suffix == "pyc")
    };
    Ok(lines.map(PathBuf::from).filter(known).take(MOST).collect())
}
