//! Threads that wait for a thread that they have started, while they run a unit.
//!
//! Terms: the *owner* of a unit is the thread that runs it; the *place* of a thread is the frame that it is in, and the
//! instruction.
//!
//! ```python
//! def work(): return [table[k] for k in keys]        # in the other thread: needs the names of the unit that is running
//! table = {}
//! with ThreadPoolExecutor() as pool:
//!     result = pool.submit(work).result()            # waits for it
//! ```
//!
//! Which question does this file answer? "Does the owner wait for me, although no lock of ours or of importlib's says so?" It
//! does so as far as anybody can tell when this thread began after the unit did, and the owner stays at one place of the modules
//! by which Python code waits for threads. Then this thread sees of the module what is bound by then, as it would in an eager
//! run. It is separate from [`super::waits`], which knows.

use std::cell::Cell;
use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;

use super::ffi::thread_number;
use super::interpreter;
use super::waits::Thread;

/// How long the owner has to stay where it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// Files in whose code threads stand that wait for others: locks, and pipes from an event loop's threads.
const WAITING: [&str; 2] = ["threading.py", "selectors.py"];

/// Address of the frame, and index of the instruction.
type Place = (usize, i64);

thread_local! {
    /// The last owner that was found to wait for this thread, and where it did.
    static FOUND: Cell<Option<(Thread, Place)>> = const { Cell::new(None) };
}

/// Watches the owner of a unit while the calling thread waits for it.
#[derive(Default)]
pub struct Watch {
    since: Option<(Place, Instant)>,
}

impl Watch {
    /// Whether the owner waits for this thread, as far as anybody can tell; `newest` is the newest thread that there was when
    /// the unit began.
    pub fn sees(&mut self, py: Python<'_>, owner: Thread, newest: i64) -> bool {
        if thread_number::own(py) <= newest {
            return false;
        }
        let Some(place) = place(py, owner).ok().flatten() else {
            self.since = None;
            return false;
        };
        if FOUND.get() == Some((owner, place)) {
            return true;
        }
        match self.since {
            Some((before, since)) if before == place => {
                let found = since.elapsed() >= PATIENCE;
                if found {
                    FOUND.set(Some((owner, place)));
                }
                found
            }
            _ => {
                self.since = Some((place, Instant::now()));
                false
            }
        }
    }
}

/// Where a thread stands, when that is in a module by which threads wait.
fn place(py: Python<'_>, thread: Thread) -> PyResult<Option<Place>> {
    let frames = interpreter::sys(py)?.call_method0(intern!(py, "_current_frames"))?;
    let Ok(frame) = frames.get_item(thread) else { return Ok(None) };
    // not `f_globals`, which would show somebody a namespace: the owner may be in the middle of a deferred module
    let file: String = frame.getattr(intern!(py, "f_code"))?.getattr(intern!(py, "co_filename"))?.extract()?;
    if !WAITING.contains(&Path::new(&file).file_name().and_then(OsStr::to_str).unwrap_or_default()) {
        return Ok(None);
    }
    Ok(Some((frame.as_ptr() as usize, frame.getattr(intern!(py, "f_lasti"))?.extract()?)))
}
