//! Packages that go on being watched after their own names are resolved.
//!
//! In an eager run a package has as attributes all submodules that anything below it has imported. While an import is
//! pending somewhere below the top-level package, a package must therefore notice that such an attribute is missing
//! ([`super::module::before_read`]), though nothing of its own is pending.
//!
//! ```python
//! # pkg/__init__.py: __at_import__ = None        # complete at once, and watched as long as something below is pending
//! # pkg/core.py:     from . import parser        # pending
//! import pkg.core; pkg.parser                    # an eager run has it
//! ```
//!
//! A *tree* is a top-level package with all that is below it. A package whose tree is complete is *released*: a plain
//! module, remembered by a weak reference, and watched again when a module below becomes pending.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use super::state::ModuleState;
use super::sync::lock;

/// The modules below one top-level package.
#[derive(Default)]
struct Tree {
    /// Modules that are not complete.
    pending: usize,
    /// Complete packages that are still watched.
    watched: Vec<Py<ModuleState>>,
    /// Complete packages that are plain modules again.
    released: Vec<Py<PyWeakrefReference>>,
}

static TREES: Mutex<Option<HashMap<String, Tree>>> = Mutex::new(None);

/// Name of the top-level package.
#[must_use]
pub fn top(module: &str) -> &str {
    module.split('.').next().unwrap_or_default()
}

/// A module's place in its tree.
pub struct Membership {
    top: String,
    /// Counted among the pending modules.
    counted: AtomicBool,
}

impl Membership {
    /// Of a module that is not counted.
    #[must_use]
    pub fn of(module: &str) -> Self {
        Self { top: top(module).to_owned(), counted: AtomicBool::new(false) }
    }
}

/// A module becomes pending; returns the released packages of its tree, which have to be watched again.
pub fn begin(member: &Membership) -> Vec<Py<PyWeakrefReference>> {
    member.counted.store(true, Ordering::Release);
    let mut trees = lock(&TREES);
    let tree = trees.get_or_insert_default().entry(member.top.clone()).or_default();
    tree.pending += 1;
    std::mem::take(&mut tree.released)
}

/// A module is complete, or gone; returns the packages to be released, when it was the last of its tree.
pub fn end(member: &Membership) -> Vec<Py<ModuleState>> {
    if !member.counted.swap(false, Ordering::AcqRel) {
        return Vec::new();
    }
    let mut trees = lock(&TREES);
    let Some(tree) = trees.as_mut().and_then(|trees| trees.get_mut(&member.top)) else { return Vec::new() };
    tree.pending -= 1;
    if tree.pending == 0 { std::mem::take(&mut tree.watched) } else { Vec::new() }
}

/// Watches a complete package until its tree is complete.
pub fn watch(state: &Bound<'_, ModuleState>) {
    let mut trees = lock(&TREES);
    let tree = trees.get_or_insert_default().entry(top(&state.get().name).to_owned()).or_default();
    tree.watched.push(state.clone().unbind());
}

/// The released packages of a module's tree, if something in it is pending: they have to be watched again.
pub fn unwatched(module: &str) -> Vec<Py<PyWeakrefReference>> {
    let mut trees = lock(&TREES);
    let tree = trees.as_mut().and_then(|trees| trees.get_mut(top(module))).filter(|tree| tree.pending > 0);
    tree.map(|tree| std::mem::take(&mut tree.released)).unwrap_or_default()
}

/// Whether anything is pending anywhere.
pub fn any_pending() -> bool {
    lock(&TREES).iter().flat_map(HashMap::values).any(|tree| tree.pending > 0)
}

/// Remembers a package that is a plain module again, and forgets those that are gone.
pub fn released(name: &str, module: &Bound<'_, PyWeakrefReference>) {
    let py = module.py();
    let mut trees = lock(&TREES);
    let released = &mut trees.get_or_insert_default().entry(top(name).to_owned()).or_default().released;
    let known = std::mem::take(released);
    released.extend(known.into_iter().filter(|package| package.bind(py).upgrade().is_some()));
    released.push(module.clone().unbind());
}

/// Forgets a package that is gone.
pub fn forget(state: &Py<ModuleState>, name: &str) {
    let gone = lock(&TREES).as_mut().and_then(|trees| {
        let tree = trees.get_mut(top(name))?;
        let place = tree.watched.iter().position(|other| other.is(state))?;
        Some(tree.watched.swap_remove(place))
    });
    // dropped here, after the lock: dropping a state may run Python code
    drop(gone);
}
