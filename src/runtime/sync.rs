//! Claims: which thread runs which unit, and waiting for it. All locks of the runtime are named here.
//!
//! Terms: a *claim* is the right to run one unit, held by one thread from [`claim`] to [`release`]. No lock below is held
//! while Python code runs; a waiting thread is detached from the interpreter.
//!
//! | lock | protects | taken after | taken while detached |
//! |---|---|---|---|
//! | `Line::waits` | the wait-for graph; with `Line::changed`, the moment of going to sleep | nothing | yes |
//! | `Claims::statuses` | the statuses of one module's units | `Line::waits` | never |
//!
//! Every other lock of the crate is only taken by attached threads, and none of them lets go of the interpreter within. So
//! a thread that forks holds none that is locked, but for the one above, which the child replaces ([`forked`]).
//!
//! A waiter sleeps in short slices, because between them it has to let signals through and to look at importlib's module
//! locks, which can't notify us.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::blocked::Watch;
use super::ffi::thread_number;
use super::interpreter;
use super::waits::{self, Thread, Unit, Wait, WaitGraph};

/// Time between two looks at signals and module locks.
const SLICE: Duration = Duration::from_millis(10);

/// Where threads wait in this process.
struct Line {
    waits: Mutex<WaitGraph>,
    changed: Condvar,
    /// The line of a child process, in which somebody may have locked this one and be gone.
    next: OnceLock<Box<Self>>,
}

impl Line {
    const fn new() -> Self {
        Self { waits: Mutex::new(WaitGraph::new()), changed: Condvar::new(), next: OnceLock::new() }
    }
}

static FIRST: Line = Line::new();

/// The line of this process: as many steps away as there are forks between it and the first process.
fn line() -> &'static Line {
    let mut line = &FIRST;
    while let Some(next) = line.next.get() {
        line = next;
    }
    line
}

/// In a child process: nobody waits here, and no lock is held by a thread that is not here.
pub fn forked() {
    drop(line().next.set(Box::new(Line::new())));
}

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller runs the unit and then calls [`release`].
    Claimed,
    /// It has already run.
    Done,
    /// The caller's own thread is running it: the caller sees the module as code in a circular import does, with whatever
    /// is bound so far.
    Own,
    /// Another thread is running it, and waiting for it could never end: the same, and why, in words.
    Deadlock(String),
}

/// The statuses of one module's units.
#[derive(Debug)]
pub struct Claims {
    statuses: Mutex<Vec<Status>>,
    /// How many are not `Done`.
    left: AtomicUsize,
    /// How many are `Running`.
    running: AtomicUsize,
    /// The newest thread that there was when the first of those that are `Running` began: see [`super::blocked`].
    newest: AtomicI64,
}

impl Claims {
    /// All units pending.
    #[must_use]
    pub fn new(units: usize) -> Self {
        Self {
            statuses: Mutex::new(vec![Status::Pending; units]),
            left: AtomicUsize::new(units),
            running: AtomicUsize::new(0),
            newest: AtomicI64::new(0),
        }
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

    /// Whether no unit is running.
    pub fn idle(&self) -> bool {
        self.running.load(Ordering::Acquire) == 0
    }

    /// Whether every unit has run to its end.
    pub fn finished(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// The pending units that `which` chooses will never run.
    pub fn give_up(&self, which: impl Fn(u32) -> bool) {
        let mut statuses = lock(&self.statuses);
        for (unit, status) in (0u32..).zip(statuses.iter_mut()) {
            if *status == Status::Pending && which(unit) {
                *status = Status::Done;
                self.left.fetch_sub(1, Ordering::AcqRel);
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

    /// Units that other threads than `thread` are running, and who.
    pub fn running_elsewhere(&self, thread: Thread) -> Vec<(u32, Thread)> {
        let statuses = lock(&self.statuses);
        let elsewhere = |(unit, status): (u32, &Status)| match status {
            Status::Running(owner) if *owner != thread => Some((unit, *owner)),
            _ => None,
        };
        (0u32..).zip(statuses.iter()).filter_map(elsewhere).collect()
    }

    /// A unit whose thread is gone belongs to `thread`.
    pub fn inherit(&self, unit: u32, thread: Thread) {
        lock(&self.statuses)[unit as usize] = Status::Running(thread);
    }

    /// What tells a unit from all others, as long as somebody runs it.
    fn unit(&self, unit: u32) -> Unit {
        (std::ptr::from_ref(self) as usize, unit)
    }

    /// The units that `thread` is running.
    pub fn running(&self, thread: Thread) -> Vec<usize> {
        let statuses = lock(&self.statuses);
        (0..statuses.len()).filter(|unit| statuses[*unit] == Status::Running(thread)).collect()
    }
}

/// Claims a unit, which is called `what` in words, waiting for another thread that runs it.
///
/// # Errors
/// What a signal handler raises while waiting.
pub fn claim(py: Python<'_>, claims: &Claims, unit: u32, me: Thread, what: &dyn Fn() -> String) -> PyResult<Claim> {
    let mut watch = Watch::default();
    loop {
        let owner = {
            let mut statuses = lock(&claims.statuses);
            match statuses[unit as usize] {
                Status::Done => return Ok(Claim::Done),
                Status::Running(owner) if owner == me => return Ok(Claim::Own),
                Status::Running(owner) => owner,
                Status::Pending => {
                    statuses[unit as usize] = Status::Running(me);
                    if claims.running.fetch_add(1, Ordering::AcqRel) == 0 {
                        claims.newest.store(thread_number::newest(py), Ordering::Release);
                    }
                    return Ok(Claim::Claimed);
                }
            }
        };
        if watch.sees(py, owner, claims.newest.load(Ordering::Acquire)) {
            let what = what();
            return Ok(Claim::Deadlock(format!(
                "this thread waits for {what}, which thread 2 runs; thread 2 waits in `threading` for what began since, such as \
                 this thread"
            )));
        }
        let imports = import_waits(py, owner);
        let wait = Wait { owner, what: what() };
        {
            let mut waits = lock(&line().waits);
            // looking at importlib's locks runs Python code: meanwhile the unit may have ended
            if claims.status(unit) != Status::Running(owner) {
                continue;
            }
            // one step with the beginning of the wait, so that of those who close a circle exactly one sees it
            if let Some(circle) = waits.circle(me, wait.clone(), &imports) {
                return Ok(Claim::Deadlock(waits::described(&circle)));
            }
            waits.begin(me, claims.unit(unit), wait);
        }
        py.detach(|| sleep(me));
        // not while a signal handler runs, which may wait for something else, and not after an error
        lock(&line().waits).end(me);
        py.check_signals()?;
    }
}

/// Sleeps until the thread's wait has ended, at most one slice.
fn sleep(me: Thread) {
    let line = line();
    let waiting = |waits: &mut WaitGraph| waits.wait_of(me).is_some();
    drop(line.changed.wait_timeout_while(lock(&line.waits), SLICE, waiting).unwrap_or_else(PoisonError::into_inner));
}

/// Ends a claim: the unit is `Done`, or `Pending` again after an error.
pub fn release(claims: &Claims, unit: u32, status: Status) {
    let before = std::mem::replace(&mut lock(&claims.statuses)[unit as usize], status);
    if status == Status::Done && before != Status::Done {
        claims.left.fetch_sub(1, Ordering::AcqRel);
    }
    if matches!(before, Status::Running(_)) {
        claims.running.fetch_sub(1, Ordering::AcqRel);
    }
    let line = line();
    // notifying is a system call, even when nobody sleeps
    if lock(&line.waits).release(claims.unit(unit)) {
        line.changed.notify_all();
    }
}

/// The identifier of the calling thread.
///
/// # Errors
/// Never in practice; what `_thread.get_ident` raises.
pub fn current_thread(py: Python<'_>) -> PyResult<Thread> {
    static IDENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // `_thread` is built in: importing it runs no Python code, so the once-lock can't be re-entered
    let ident = IDENT.get_or_try_init(py, || py.import("_thread")?.getattr("get_ident").map(Bound::unbind))?;
    ident.bind(py).call0()?.extract()
}

/// Waits of threads that are blocked on a module lock, as far as they can be reached from `start`.
///
/// `importlib._bootstrap._blocking_on` maps a thread to the lock it waits for (3.11) or to a list of such locks (3.12 and
/// newer, in a mapping that has only `get`). Whatever can't be read is left out: this only serves to break deadlocks.
fn import_waits(py: Python<'_>, start: Thread) -> HashMap<Thread, Wait> {
    fn wait_of(blocking: &Bound<'_, PyAny>, thread: Thread) -> PyResult<Option<Wait>> {
        let py = blocking.py();
        let mut lock = blocking.call_method1(intern!(py, "get"), (thread,))?;
        if lock.is_none() {
            return Ok(None);
        }
        if !lock.hasattr(intern!(py, "owner"))? {
            // the last is the one that it waits for now, in an import within the wait for another
            let Some(last) = lock.try_iter()?.last() else { return Ok(None) };
            lock = last?;
        }
        let Some(owner) = lock.getattr(intern!(py, "owner"))?.extract()? else { return Ok(None) };
        let module: String = lock.getattr(intern!(py, "name"))?.extract()?;
        Ok(Some(Wait { owner, what: format!("the import of `{module}`") }))
    }
    let mut imports = HashMap::new();
    let Ok(blocking) = interpreter::bootstrap(py).and_then(|module| module.getattr(intern!(py, "_blocking_on"))) else {
        return imports;
    };
    let mut current = start;
    // bounded, because others' waits may form circles that do not come back here
    for _ in 0..1000 {
        let ours = lock(&line().waits).wait_of(current).map(|wait| wait.owner);
        let next = ours.or_else(|| {
            let wait = wait_of(&blocking, current).ok().flatten()?;
            let owner = wait.owner;
            imports.insert(current, wait).is_none().then_some(owner)
        });
        match next {
            Some(next) if next != start && !imports.contains_key(&next) => current = next,
            _ => break,
        }
    }
    imports
}
