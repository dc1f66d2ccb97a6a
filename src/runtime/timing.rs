//! Where the time goes: spans of an import, recorded while somebody wants to know.
//!
//! Terms: a *span* is one thing that was done for one module, from its begin to its end; its *own* time is what is left
//! when the spans within it on the same thread are taken off, so that own times add up to what passed.
//!
//! ```python
//! m.table      # touch (m, table) ── unmarshal (m) ── find (json) ── read (json) ── unmarshal (json) ── execute (json)
//! ```
//!
//! While nothing is recorded, which is always but for `atimport profile` and who calls `atimport.profiling.start`, a span
//! costs one relaxed load and a branch that isn't taken, and its names are not made.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::context;
use super::sync::lock;

static RECORDING: AtomicBool = AtomicBool::new(false);
static SPANS: Mutex<Spans> = Mutex::new(Spans { origin: None, ended: Vec::new() });
static THREADS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// Of the spans that are under way on this thread: what the spans within them took.
    static WITHIN: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
    /// A small number for the thread, as a reader of traces likes it.
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
}

struct Spans {
    /// When recording began.
    origin: Option<Instant>,
    ended: Vec<Span>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Looking for the module's file.
    Find,
    /// Reading a pyc or an image.
    Read,
    /// Making code objects of bytes.
    Unmarshal,
    /// Analysing and compiling a source for which there was no image.
    Split,
    /// Executing the module eagerly.
    Execute,
    /// Executing the module deferred: what it runs at import.
    Defer,
    /// Running units because a name was touched.
    Touch,
}

impl What {
    /// As the stub has it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Read => "read",
            Self::Unmarshal => "unmarshal",
            Self::Split => "split",
            Self::Execute => "execute",
            Self::Defer => "defer",
            Self::Touch => "touch",
        }
    }
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct Span {
    /// What.
    pub what: What,
    /// For which module.
    pub module: String,
    /// The name that was touched.
    pub name: Option<String>,
    /// Since recording began.
    pub begin: Duration,
    /// From begin to end.
    pub duration: Duration,
    /// Without the spans within it.
    pub own: Duration,
    /// Bytes that were read or unmarshalled.
    pub bytes: usize,
    /// A small number for the thread.
    pub thread: u64,
}

/// A span under way; it ends when this is dropped.
pub struct Guard {
    what: What,
    module: String,
    name: Option<String>,
    bytes: usize,
    begin: Instant,
    depth: usize,
}

/// Starts recording afresh, or stops it; what was recorded stays.
pub fn record(on: bool) {
    if on {
        *lock(&SPANS) = Spans { origin: Some(Instant::now()), ended: Vec::new() };
    }
    RECORDING.store(on, Ordering::Relaxed);
}

/// What was recorded, in the order in which it ended.
#[must_use]
pub fn spans() -> Vec<Span> {
    lock(&SPANS).ended.clone()
}

/// Begins a span for a module.
#[inline]
#[must_use]
pub fn span(what: What, module: impl FnOnce() -> String) -> Option<Guard> {
    RECORDING.load(Ordering::Relaxed).then(|| begin(what, module(), None))
}

/// Begins a span over some bytes, for the module that this thread is executing.
#[inline]
#[must_use]
pub fn span_here(what: What, bytes: usize) -> Option<Guard> {
    if !RECORDING.load(Ordering::Relaxed) {
        return None;
    }
    let module = context::modules().pop().map(|module| module.to_string()).unwrap_or_default();
    let mut guard = begin(what, module, None);
    guard.bytes = bytes;
    Some(guard)
}

/// Begins the span of a touch.
#[inline]
#[must_use]
pub fn touch(module: &str, name: &str) -> Option<Guard> {
    if !RECORDING.load(Ordering::Relaxed) {
        return None;
    }
    Some(begin(What::Touch, module.to_owned(), Some(name.to_owned())))
}

/// Says how many bytes a span has read.
pub fn has_read(guard: &mut Option<Guard>, bytes: usize) {
    if let Some(guard) = guard {
        guard.bytes = bytes;
    }
}

#[cold]
fn begin(what: What, module: String, name: Option<String>) -> Guard {
    let depth = WITHIN.with_borrow_mut(|within| {
        within.push(Duration::ZERO);
        within.len()
    });
    Guard { what, module, name, bytes: 0, begin: Instant::now(), depth }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let duration = self.begin.elapsed();
        let inner = WITHIN.with_borrow_mut(|within| {
            // deeper ones are there only if something switches stacks (greenlets): their time is nobody's
            within.truncate(self.depth);
            let inner = within.pop().unwrap_or_default();
            if let Some(outer) = within.last_mut() {
                *outer += duration;
            }
            inner
        });
        let mut spans = lock(&SPANS);
        // begun before recording was started afresh
        let Some(begin) = spans.origin.and_then(|origin| self.begin.checked_duration_since(origin)) else { return };
        spans.ended.push(Span {
            what: self.what,
            module: std::mem::take(&mut self.module),
            name: self.name.take(),
            begin,
            duration,
            own: duration.saturating_sub(inner),
            bytes: self.bytes,
            thread: THREAD.with(|thread| *thread),
        });
    }
}
