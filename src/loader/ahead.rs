//! Files that are read before anybody asks for them, by native threads that know nothing of Python.
//!
//! ```python
//! atimport.prefetch("pkg.*")     # two threads read pkg/__pycache__/*.ati and *.pyc
//! import pkg.core                # finds the bytes of core's image in memory
//! ```
//!
//! Reading ahead must never be seen: what an import takes from here is what it would have read itself. Bytes are handed out
//! once, and only while the file on the disk is the one that was read, by length and modification time; everything else is a
//! miss, and the import reads. Nobody waits for a thread.
//!
//! Threads of Python's never wait for the lock of the table: a child of `fork` may find it locked by a thread that
//! it does not have.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::SystemTime;

use crate::runtime::sync::lock;

/// Threads that read; more would only wait for each other's page faults.
const THREADS: usize = 2;
/// Most bytes that wait to be asked for.
const MOST: u64 = 64 << 20;

/// How the file was when it was read: length in bytes, modification time.
type Stamp = (u64, SystemTime);

enum Entry {
    /// Nobody has read it yet, or somebody is reading it.
    Wanted,
    Read(Stamp, Vec<u8>),
}

#[derive(Default)]
struct Table {
    entries: HashMap<PathBuf, Entry>,
    /// Wanted files, the first last.
    queue: Vec<PathBuf>,
    /// Bytes that wait to be asked for.
    bytes: u64,
    /// Threads that are reading.
    threads: usize,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// Has files read, in this order; none when the table is locked just now.
pub fn read_ahead(files: impl IntoIterator<Item = PathBuf>) {
    let Some(mut table) = try_lock() else { return };
    let table = table.get_or_insert_default();
    let mut new: Vec<PathBuf> = Vec::new();
    for file in files {
        if !table.entries.contains_key(&file) {
            table.entries.insert(file.clone(), Entry::Wanted);
            new.push(file);
        }
    }
    new.reverse();
    // what was asked for before comes first
    table.queue.splice(0..0, new);
    while table.threads < THREADS.min(table.queue.len()) {
        // without threads there is no reading ahead
        if thread::Builder::new().name("atimport-prefetch".to_owned()).spawn(work).is_err() {
            break;
        }
        table.threads += 1;
    }
}

/// The bytes of a file that has been read ahead and is still the same; whether or not, it is not read ahead any more.
pub fn take(file: &Path) -> Option<Vec<u8>> {
    let mut table = try_lock()?;
    let table = table.as_mut()?;
    let Entry::Read(stamp, bytes) = table.entries.remove(file)? else { return None };
    table.bytes -= bytes.len() as u64;
    let found = fs::metadata(file).ok()?;
    (stamp_of(&found) == Some(stamp)).then_some(bytes)
}

fn try_lock() -> Option<MutexGuard<'static, Option<Table>>> {
    match TABLE.try_lock() {
        Ok(table) => Some(table),
        Err(TryLockError::Poisoned(table)) => Some(table.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn work() {
    while let Some(file) = next() {
        let found = read(&file);
        let mut table = lock(&TABLE);
        let Some(table) = table.as_mut() else { return };
        match (table.entries.get_mut(&file), found) {
            // nobody has asked for it meanwhile
            (Some(entry @ Entry::Wanted), Some((stamp, bytes))) => {
                table.bytes += bytes.len() as u64;
                *entry = Entry::Read(stamp, bytes);
            }
            (Some(Entry::Wanted), None) => drop(table.entries.remove(&file)),
            _ => {}
        }
    }
}

/// The next file to be read; when there is none, the calling thread counts no more.
fn next() -> Option<PathBuf> {
    let mut table = lock(&TABLE);
    let table = table.as_mut()?;
    while table.bytes < MOST
        && let Some(file) = table.queue.pop()
    {
        if table.entries.contains_key(&file) {
            return Some(file);
        }
    }
    table.threads -= 1;
    None
}

fn read(file: &Path) -> Option<(Stamp, Vec<u8>)> {
    let before = fs::metadata(file).ok()?;
    // a pipe would never end
    if !before.is_file() || before.len() > MOST {
        return None;
    }
    let bytes = fs::read(file).ok()?;
    let stamp = stamp_of(&before)?;
    (stamp.0 == bytes.len() as u64).then_some((stamp, bytes))
}

fn stamp_of(found: &fs::Metadata) -> Option<Stamp> {
    Some((found.len(), found.modified().ok()?))
}
