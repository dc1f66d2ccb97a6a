//! Claims: which thread runs which unit, and waiting for it. All locks of the runtime are named here.
//!
//! Terms: a *claim* is the right to run one unit, held by one thread from [`claim`] to [`release`]. No lock below is held
//! while Python code runs; a waiting thread is detached from the interpreter.
//!
//! | lock | protects | taken after |
//! |---|---|---|
//! | `WAITS` | the wait-for graph; with `CHANGED`, the moment of going to sleep | nothing |
//! | `Claims::statuses` | the statuses of one module's units | `WAITS` |
//!
//! A waiter sleeps in short slices, because between them it has to let signals through and to look at importlib's module
//! locks, which can't notify us.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;

use super::waits::{Thread, WaitGraph};

static WAITS: Mutex<Option<WaitGraph>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();
/// Time between two looks at signals and module locks.
const SLICE: Duration = Duration::from_millis(10);

/// Locks a mutex whose data stays consistent whatever panics: every critical section here is a few assignments.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not run, or run and failed.
    Pending,
    /// Being run by this thread.
    Running(Thread),
    /// Run to its end.
    Done,
}

/// What became of an attempt to claim a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller runs the unit and then calls [`release`].
    Claimed,
    /// It has already run.
    Done,
    /// The caller's own thread is running it, or waiting for it could never end: the caller sees the module as code in
    /// a circular import does, with whatever is bound so far.
    Cycle,
}

/// The statuses of one module's units.
#[derive(Debug)]
pub struct Claims {
    statuses: Mutex<Vec<Status>>,
}

impl Claims {
    /// All units pending.
    #[must_use]
    pub fn new(units: usize) -> Self {
        Self { statuses: Mutex::new(vec![Status::Pending; units]) }
    }

    /// The status of one unit.
    pub fn status(&self, unit: u32) -> Status {
        lock(&self.statuses)[unit as usize]
    }

    /// Units that have not run to their end, ascending.
    pub fn unfinished(&self) -> Vec<u32> {
        let statuses = lock(&self.statuses);
        (0u32..).zip(statuses.iter()).filter(|(_, status)| **status != Status::Done).map(|(unit, _)| unit).collect()
    }

    /// Whether every unit has run to its end.
    pub fn finished(&self) -> bool {
        lock(&self.statuses).iter().all(|status| *status == Status::Done)
    }

    /// The pending units that `which` chooses will never run.
    pub fn give_up(&self, which: impl Fn(u32) -> bool) {
        let mut statuses = lock(&self.statuses);
        for (unit, status) in (0u32..).zip(statuses.iter_mut()) {
            if *status == Status::Pending && which(unit) {
                *status = Status::Done;
            }
        }
    }

    /// Whether some thread is running the unit.
    pub fn runs(&self, unit: u32) -> bool {
        matches!(self.status(unit), Status::Running(_))
    }

    /// Whether `thread` is running a unit.
    pub fn runs_here(&self, thread: Thread) -> bool {
        lock(&self.statuses).contains(&Status::Running(thread))
    }

    /// The units that `thread` is running.
    pub fn running(&self, thread: Thread) -> Vec<usize> {
        let statuses = lock(&self.statuses);
        (0..statuses.len()).filter(|unit| statuses[*unit] == Status::Running(thread)).collect()
    }
}

/// Claims a unit, waiting for another thread that runs it.
///
/// # Errors
/// What a signal handler raises while waiting.
pub fn claim(py: Python<'_>, claims: &Claims, unit: u32, me: Thread) -> PyResult<Claim> {
    loop {
        let owner = {
            let mut statuses = lock(&claims.statuses);
            match statuses[unit as usize] {
                Status::Done => return Ok(Claim::Done),
                Status::Running(owner) if owner == me => return Ok(Claim::Cycle),
                Status::Running(owner) => owner,
                Status::Pending => {
                    statuses[unit as usize] = Status::Running(me);
                    return Ok(Claim::Claimed);
                }
            }
        };
        let imports = import_edges(py, owner);
        if lock(&WAITS).get_or_insert_default().closes_cycle(me, owner, &imports) {
            return Ok(Claim::Cycle);
        }
        py.detach(|| sleep(claims, unit, me, owner));
        py.check_signals()?;
    }
}

/// Sleeps until something changes, at most one slice.
fn sleep(claims: &Claims, unit: u32, me: Thread, owner: Thread) {
    let mut waits = lock(&WAITS);
    if claims.status(unit) != Status::Running(owner) {
        return;
    }
    waits.get_or_insert_default().begin(me, owner);
    let (mut waits, _) = CHANGED.wait_timeout(waits, SLICE).unwrap_or_else(PoisonError::into_inner);
    waits.get_or_insert_default().end(me);
}

/// Ends a claim: the unit is `Done`, or `Pending` again after an error.
pub fn release(claims: &Claims, unit: u32, status: Status) {
    lock(&claims.statuses)[unit as usize] = status;
    // taking the lock orders this change before the check of a thread that is about to sleep
    drop(lock(&WAITS));
    CHANGED.notify_all();
}

/// The identifier of the calling thread.
///
/// # Errors
/// Never in practice; what `_thread.get_ident` raises.
pub fn current_thread(py: Python<'_>) -> PyResult<Thread> {
    static IDENT: pyo3::sync::PyOnceLock<Py<PyAny>> = pyo3::sync::PyOnceLock::new();
    // `_thread` is built in: importing it runs no Python code, so the once-lock can't be re-entered
    let ident = IDENT.get_or_try_init(py, || py.import("_thread")?.getattr("get_ident").map(Bound::unbind))?;
    ident.bind(py).call0()?.extract()
}

/// Edges of threads blocked on a module lock, as far as they can be reached from `start`.
///
/// `importlib._bootstrap._blocking_on` maps a thread to the lock it waits for (3.11) or to a list of such locks (3.12 and
/// newer, in a mapping that has only `get`). Whatever can't be read is left out: this only serves to break deadlocks.
fn import_edges(py: Python<'_>, start: Thread) -> HashMap<Thread, Thread> {
    fn owner(blocking: &Bound<'_, PyAny>, thread: Thread) -> PyResult<Option<Thread>> {
        let py = blocking.py();
        let locks = blocking.call_method1(intern!(py, "get"), (thread,))?;
        if locks.is_none() {
            return Ok(None);
        }
        if let Ok(owner) = locks.getattr(intern!(py, "owner")) {
            return owner.extract();
        }
        match locks.try_iter()?.last() {
            Some(lock) => lock?.getattr(intern!(py, "owner"))?.extract(),
            None => Ok(None),
        }
    }
    let mut edges = HashMap::new();
    let Ok(blocking) = py.import("_frozen_importlib").and_then(|module| module.getattr(intern!(py, "_blocking_on")))
    else {
        return edges;
    };
    let mut current = start;
    // bounded, because others' waits may form circles that do not come back here
    for _ in 0..1000 {
        let next = lock(&WAITS).as_ref().and_then(|waits| waits.waits_for(current));
        let next = next.or_else(|| {
            let owner = owner(&blocking, current).ok().flatten()?;
            edges.insert(current, owner).is_none().then_some(owner)
        });
        match next {
            Some(next) if next != start && !edges.contains_key(&next) => current = next,
            _ => break,
        }
    }
    edges
}
