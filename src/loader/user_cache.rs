//! Where images are kept that can't be written beside their source: the per-user cache.
//!
//! `$XDG_CACHE_HOME/atimport` or `~/.cache/atimport` (on macOS `~/Library/Caches/atimport`), and below it the whole path
//! that the image would have had, as below a `PYTHONPYCACHEPREFIX`:
//!
//! ```text
//! /usr/lib/pkg/__pycache__/mod.cpython-313.ati  ->  ~/.cache/atimport/usr/lib/pkg/__pycache__/mod.cpython-313.ati
//! ```
//!
//! What lies there runs as this user. So the folder is made for this user alone (0700), and nothing is read from one that
//! is somebody else's, that others can write to, or that is a link, nor from a file that is somebody else's. Under
//! `python -I` (`sys.flags.isolated`: nothing of the user's) and in a process whose effective user is not the real one
//! (`site.check_enableusersite`, Lib/site.py) there is no such cache.
//!
//! It must not cost who doesn't need it: without the folder no import looks there, and with it an import looks only when
//! something has been written for that folder of sources.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::cached;
use super::capture::{Captured, captured};
use super::memory::File;
use crate::image::store;
use crate::runtime::sync::lock;
use crate::runtime::timing::{self, What};

/// The cache's folder, when the process has one.
static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
/// Absolute folders of which images could be below it: whether any are. By their text, as every import asks.
static FOLDERS: Mutex<Option<FxHashMap<OsString, bool>>> = Mutex::new(None);

/// The bytes of the image that was kept here because `beside` couldn't be written.
///
/// # Errors
/// What an audit hook raises.
pub fn read(captured: &Captured, py: Python<'_>, beside: &Path) -> PyResult<Option<File>> {
    let known = known(beside);
    if known == Some(false) {
        return Ok(None);
    }
    let Some(root) = root(captured) else { return Ok(None) };
    let Some(file) = below(root, beside) else { return Ok(None) };
    if known.is_none() {
        let found = store::is_private_folder(root) && file.parent().is_some_and(Path::is_dir);
        remember(beside, found);
        if !found {
            return Ok(None);
        }
    }
    let mut span = timing::span_here(What::Read, 0);
    cached::audit(captured, py, &file)?;
    let read = py.detach(|| File::read_own(&file));
    timing::has_read(&mut span, read.as_ref().map_or(0, |read| read.len()));
    Ok(read)
}

/// Keeps an image that couldn't be written at `beside`. Failing is not an error: the next import splits again.
pub fn write(captured: &Captured, beside: &Path, bytes: &[u8], source_mode: u32) {
    let Some(root) = root(captured) else { return };
    let Some(file) = below(root, beside) else { return };
    if !store::is_private_folder(root) && (store::make_private_folder(root).is_err() || !store::is_private_folder(root))
    {
        return;
    }
    if store::write_atomic(&file, bytes, source_mode).is_ok() {
        remember(beside, true);
    }
}

/// The path of the cache's folder, which need not exist; nothing when this process has no such cache.
///
/// # Errors
/// When the interpreter isn't supported.
pub fn folder(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    Ok(root(captured(py)?).map(Path::to_owned))
}

fn root(captured: &Captured) -> Option<&'static Path> {
    if captured.isolated || store::is_elevated() {
        return None;
    }
    ROOT.get_or_init(|| dirs::cache_dir().map(|folder| folder.join("atimport"))).as_deref()
}

/// Where the image is kept that would have been at `beside`.
fn below(root: &Path, beside: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(beside).ok()?;
    let mut file = root.to_owned();
    for part in path.components() {
        match part {
            Component::Normal(part) => file.push(part),
            // would lead out of the cache
            Component::ParentDir => return None,
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Some(file)
}

/// Whether images are kept of the folder in which `beside` would be; asked once a process.
fn known(beside: &Path) -> Option<bool> {
    lock(&FOLDERS).as_ref()?.get(folder_of(beside)?).copied()
}

fn remember(beside: &Path, found: bool) {
    if let Some(folder) = folder_of(beside) {
        lock(&FOLDERS).get_or_insert_default().insert(folder.to_owned(), found);
    }
}

/// The text before the last separator of an absolute path; what a relative one means changes with the working directory.
fn folder_of(path: &Path) -> Option<&OsStr> {
    if path.is_absolute() { path.parent().map(Path::as_os_str) } else { None }
}
