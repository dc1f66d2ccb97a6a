//! What is read ahead: the images and pycs of modules that patterns name, or those that an earlier run of the same program
//! has read.
//!
//! ```python
//! atimport.prefetch("pkg.*")          # the modules below pkg, where the stock finder would find them
//! # ATIMPORT_PREFETCH=profile         # at the end a run writes down what it has read, and the next one begins with that
//! ```
//!
//! Terms: the *profile* is the list of files, kept for the entry point ([`super::entry_point`]).
//!
//! Nothing is executed, and nothing that is read ahead is believed: see [`super::ahead`]. A profile of something else costs
//! reading, and no more. A line that is no path of an image or a pyc is left out.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

use super::capture::{Captured, captured};
use super::entry_point::{self, Kept};
use super::{ahead, cached, seal};
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
    profile: Kept,
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
    if !entry_point::asks(py, VARIABLE, "profile")? || RECORDING.load(Ordering::Acquire) {
        return Ok(());
    }
    let Some(profile) = Kept::of(captured, py, "prefetch", HEAD)? else { return Ok(()) };
    let text = profile.read(captured, py)?.unwrap_or_default();
    let old: Vec<PathBuf> = text.lines().map(PathBuf::from).filter(|path| is_cached_file(path)).take(MOST).collect();
    ahead::read_ahead(old.clone());
    *lock(&RUN) = Some(Run { profile, old, seen: Vec::new() });
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
    let Some(Run { profile, old, mut seen }) = lock(&RUN).take() else { return Ok(()) };
    let mut known = HashSet::new();
    // what can't stand in a line is left out
    seen.retain(|path| path.to_str().is_some_and(|text| !text.contains('\n')) && known.insert(path.clone()));
    if known == old.into_iter().collect() {
        return Ok(());
    }
    profile.write(captured, py, seen.iter().filter_map(|path| path.to_str()))
}

fn is_cached_file(path: &Path) -> bool {
    path.is_absolute() && path.extension().is_some_and(|suffix| suffix == "ati" || suffix == "pyc")
}
