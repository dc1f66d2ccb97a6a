//! What start-up always touches: the units that the first runs of a program have all run.
//!
//! ```python
//! # ATIMPORT_PROFILE=1       # three runs of an entry point write down which units ran; the later ones run those at import
//! ```
//!
//! Terms: the *profile* has an entry for each module that was deferred when the entry point ran: the checksum of its image,
//! the number of runs that the entry comes from, and the units that ran in every one of them, because a name was touched
//! before the program ended. An entry is *settled* once it comes from [`RUNS`] runs.
//!
//! A settled entry is used and stays as it is: units that run at import whatever the program does can't be seen to be
//! touched. Any other is recorded, and so is a module that has none. The checksum is that of the image with its key, so
//! another source, another name, another interpreter or another split is another image: its entry begins afresh. Entries of
//! modules that a run has not imported are kept.
//!
//! Nothing in a profile can do more than have units of the module run that the module has: see [`crate::runtime::early`] for
//! when and how. A line that can't be read is left out; a process that is sealed reads none.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

use super::capture::{Captured, captured};
use super::entry_point::{self, Kept};
use super::seal;
use super::start_entry::Entry;
use crate::runtime::early::{HeadStart, Record};
use crate::runtime::sync::lock;

/// What to do without being asked.
const VARIABLE: &str = "ATIMPORT_PROFILE";
/// First line of a profile.
const HEAD: &str = "atimport start 1";
/// Runs that an entry has to come from.
const RUNS: u32 = 3;
/// Most modules of a profile.
const MOST: usize = 10_000;

/// The run that is under way.
struct Run {
    profile: Kept,
    /// By name of the module.
    entries: BTreeMap<String, Entry>,
    /// Modules whose entry is not settled: name and checksum, and which units have run.
    recorded: BTreeMap<(String, u64), Record>,
}

static RUN: Mutex<Option<Run>> = Mutex::new(None);
/// Whether there is a [`RUN`]: asked at every import.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Does what `ATIMPORT_PROFILE` says: reads what is known of this entry point, and sees to it that more is written.
///
/// # Errors
/// When a warning about another value is turned into an error; what an audit hook raises.
pub fn begin(py: Python<'_>, captured: &Captured) -> PyResult<()> {
    if !entry_point::asks(py, VARIABLE, "1")? || ACTIVE.load(Ordering::Acquire) || seal::is_sealed() {
        return Ok(());
    }
    let Some(profile) = Kept::of(captured, py, "start", HEAD)? else { return Ok(()) };
    let text = profile.read(captured, py)?.unwrap_or_default();
    let entries = text.lines().filter_map(Entry::parse).take(MOST).collect();
    *lock(&RUN) = Some(Run { profile, entries, recorded: BTreeMap::new() });
    ACTIVE.store(true, Ordering::Release);
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, py)?,))?;
    Ok(())
}

/// What the profile has to do with a module that is about to be executed deferred; `checksum` is that of its image.
pub fn of(module: &str, checksum: Option<u64>) -> HeadStart {
    let Some(checksum) = checksum.filter(|_| ACTIVE.load(Ordering::Acquire)) else { return HeadStart::default() };
    let mut run = lock(&RUN);
    let Some(run) = run.as_mut() else { return HeadStart::default() };
    match run.entries.get(module) {
        Some(entry) if entry.checksum == checksum && entry.runs >= RUNS => {
            HeadStart { units: entry.units.clone(), record: None }
        }
        _ if run.recorded.len() >= MOST => HeadStart::default(),
        _ => {
            let record = run.recorded.entry((module.to_owned(), checksum)).or_default();
            HeadStart { units: Vec::new(), record: Some(Arc::clone(record)) }
        }
    }
}

/// Writes the profile, where something has been recorded: what `atexit` calls.
#[pyfunction]
fn end(py: Python<'_>) -> PyResult<()> {
    let captured = captured(py)?;
    ACTIVE.store(false, Ordering::Release);
    let Some(Run { profile, mut entries, recorded }) = lock(&RUN).take() else { return Ok(()) };
    if recorded.is_empty() {
        return Ok(());
    }
    for ((module, checksum), record) in recorded {
        let units = std::mem::take(&mut *lock(&record));
        let entry = Entry::of(checksum, units);
        let entry = match entries.remove(&module) {
            Some(old) if old.checksum == checksum => old.and(&entry),
            _ => entry,
        };
        entries.insert(module, entry);
    }
    // what can't stand in a line is left out
    let lines: Vec<String> =
        entries.iter().filter(|(name, _)| !name.contains(['\n', '\r'])).map(|(name, entry)| entry.line(name)).collect();
    profile.write(captured, py, lines.iter().map(String::as_str))
}
