//! atimport: deferred module execution for Python.
//!
//! # The view from above
//! A module that declares `__at_import__` is split into *units* that run when a name they bind is first touched. Four
//! layers do it; imports between them go one way, downwards in this list, and only the last two see Python. The first is
//! a crate of its own (`src/analysis/Cargo.toml`), the same for every interpreter:
//!
//! | layer | what it knows | what it must not know |
//! |---|---|---|
//! | [`analysis`] | source → plan: statements, names, effects, units, dependencies, diagnostics | Python objects, files |
//! | [`image`] | the cached split: format, invalidation, atomic writes | what a unit means |
//! | [`overrides`] | the registry: patterns and precedence | modules' contents |
//! | `runtime` | a deferred module alive: pending names, units, claims, errors | files, finders |
//! | `loader` | path hooks and loaders; eager or deferred; images on a miss | how names are hooked |
//! | `python` | the table of what `atimport._native` exports | logic |
//!
//! # Invariants
//! - No placeholder is ever returned by a lookup.
//! - A unit's statements run in source order, at most once to their end.
//! - A dict is never rebuilt while a lookup in it is in progress.
//! - No Rust lock is held while Python code runs.
//! - `unsafe` occurs in `runtime/ffi/` and nowhere else.
//! - What is deliberately absent: knowledge of any module by its name.

pub mod image;
pub mod overrides;

#[doc(inline)]
pub use atimport_analysis as analysis;

#[cfg(feature = "python")]
mod error;
#[cfg(feature = "python")]
mod loader;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "python")]
mod runtime;
// what of these layers is pure has tests that need no Python
#[cfg(all(test, not(feature = "python")))]
mod loader {
    mod memory;
    mod start_entry;
}
#[cfg(all(test, not(feature = "python")))]
mod runtime {
    mod bytecode;
    pub mod ffi {
        pub mod huge_pages;
        pub mod unfilled;
    }
    mod waits;
}
