//! What each thread is executing, and whether what it imports now must be eager.
//!
//! Terms: a module is *executing* from the loader's call to its return, and while a unit of it runs; the stack of these is
//! the answer to "who asked for this import, and because of which deferred name?", which Python's frames can't give,
//! because deferred code has none of the frames that touched it.
//!
//! ```python
//! import app           # stack: app
//! app.table            # stack: app (for `table`), then what the unit imports
//! ```

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::LocalKey;

/// How deep, and modules and units that have been tried.
type Completing = (u32, BTreeSet<(Arc<str>, u32)>);

thread_local! {
    static EXECUTING: RefCell<Vec<Executing>> = const { RefCell::new(Vec::new()) };
    /// Depth of units on this thread whose imports stand in a `try`, of modules executed because of that, and of modules
    /// under a deep pin.
    static EAGERLY: Cell<u32> = const { Cell::new(0) };
    /// The same of units, and modules, of which nothing but an `ImportError` is expected.
    static CHECKING: Cell<u32> = const { Cell::new(0) };
    /// Preludes on this thread that look at all of `sys.modules`, and what was tried because of them.
    static COMPLETING: RefCell<Completing> = const { RefCell::new((0, BTreeSet::new())) };
    /// How often this thread has come back to a unit that it is in the middle of.
    static CIRCLES: Cell<u64> = const { Cell::new(0) };
}

/// One entry of a thread's stack.
#[derive(Clone, Debug)]
pub struct Executing {
    /// Qualified name of the module.
    pub module: Arc<str>,
    /// The deferred name that was touched, when a unit runs; none while the module is imported.
    pub wanted: Option<Arc<str>>,
}

/// While it lives, its module is on the thread's stack.
pub struct Entered(());

/// Puts a module on the thread's stack.
#[must_use]
pub fn enter(module: Arc<str>, wanted: Option<Arc<str>>) -> Entered {
    EXECUTING.with_borrow_mut(|stack| stack.push(Executing { module, wanted }));
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        EXECUTING.with_borrow_mut(Vec::pop);
    }
}

/// Notes that this thread has come back to a unit that it is in the middle of, as circular imports do.
pub fn note_circle() {
    CIRCLES.set(CIRCLES.get().wrapping_add(1));
}

/// A number that differs from an earlier one when the thread has come back to a unit of its own in between.
#[must_use]
pub fn circles() -> u64 {
    CIRCLES.get()
}

/// The modules that this thread is executing, outermost first.
#[must_use]
pub fn modules() -> Vec<Arc<str>> {
    EXECUTING.with_borrow(|stack| stack.iter().map(|entry| entry.module.clone()).collect())
}

/// The innermost deferred name because of which something runs, as `module.name`.
#[must_use]
pub fn deferred_name() -> Option<String> {
    EXECUTING.with_borrow(|stack| {
        stack.iter().rev().find_map(|entry| Some(format!("{}.{}", entry.module, entry.wanted.as_ref()?)))
    })
}

/// Whether this thread is in the middle of resolving that name of that module.
#[must_use]
pub fn wants(module: &str, name: &str) -> bool {
    EXECUTING.with_borrow(|stack| {
        stack.iter().any(|entry| &*entry.module == module && entry.wanted.as_deref() == Some(name))
    })
}

/// How modules that a thread imports execute, for the sake of who imports them.
#[derive(Clone, Copy, Debug)]
pub enum Imports {
    /// Eagerly: their failures reach the handler that expects them, or a deep pin holds for them.
    Eager,
    /// What may raise an `ImportError` runs at once: it reaches the handler that expects one.
    Checked,
}

/// While it lives, this holds for what its thread imports.
pub struct Holding(Imports);

impl Imports {
    fn depth(self) -> &'static LocalKey<Cell<u32>> {
        match self {
            Self::Eager => &EAGERLY,
            Self::Checked => &CHECKING,
        }
    }

    /// Begins; ends when what it returns is dropped.
    #[must_use]
    pub fn begin(self) -> Holding {
        self.depth().set(self.depth().get() + 1);
        Holding(self)
    }

    /// Whether it holds for this thread.
    #[must_use]
    pub fn active(self) -> bool {
        self.depth().get() > 0
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let depth = self.0.depth();
        depth.set(depth.get() - 1);
    }
}

/// While it lives, modules imported by this thread import at once what they would import later: see [`super::complete`].
pub struct CompleteImports(());

impl CompleteImports {
    /// Begins; ends when dropped.
    #[must_use]
    pub fn begin() -> Self {
        COMPLETING.with_borrow_mut(|(depth, _)| *depth += 1);
        Self(())
    }

    /// Whether this thread is inside one.
    #[must_use]
    pub fn active() -> bool {
        COMPLETING.with_borrow(|(depth, _)| *depth > 0)
    }

    /// Whether a unit is tried for the first time since the outermost one began: what fails in a circle of imports would
    /// otherwise be tried again by each module of the circle.
    #[must_use]
    pub fn tries(module: &Arc<str>, unit: u32) -> bool {
        COMPLETING.with_borrow_mut(|(_, tried)| tried.insert((module.clone(), unit)))
    }
}

impl Drop for CompleteImports {
    fn drop(&mut self) {
        COMPLETING.with_borrow_mut(|(depth, tried)| {
            *depth -= 1;
            if *depth == 0 {
                tried.clear();
            }
        });
    }
}
