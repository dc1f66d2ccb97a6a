//! Hooking names: how a lookup of a pending name is noticed.
//!
//! Three back ends behind one trait. [`key_hook`] puts a key into the module's dict that notices being compared; it works on
//! every version, sees every access by name, and costs the dict its specialised lookups while a name is pending.
//! [`native_lazy`] uses the lazy objects of 3.15 (PEP 810), and [`in_code`], on older versions, names in code objects that
//! notice being looked up. Both cost nothing, but only the interpreter's own lookups of globals and attributes see them; so
//! they are chosen only for modules in which no other access can matter (see [`choose`]), and give way to keys when somebody
//! gets hold of the dict itself ([`use_keys`]).
//!
//! ```python
//! m.__dict__  == {..., PendingKey('a'): <pending>}      # key hook
//! m.__dict__  == {..., 'a': <lazy_import '__atimport__.a'>}    # native lazy objects
//! m.f.__code__.co_names == (..., PendingName('a'))      # names in code objects
//! ```

pub mod in_code;
pub mod key_hook;
pub mod lookups;
pub mod native_lazy;

use pyo3::prelude::*;

use super::state::ModuleState;
use super::{events, forwards, table};
use crate::image::Image;

/// What a back end does for a module. Names are positions in the state's image.
pub trait Hooks {
    /// Makes names pending.
    ///
    /// # Errors
    /// `MemoryError`, or what the interpreter raises when it can't make a hook.
    fn announce(&self, state: &Bound<'_, ModuleState>, names: &[u32]) -> PyResult<()>;

    /// The calling thread is about to run the unit: its own lookups must find what an eager run finds.
    ///
    /// # Errors
    /// `MemoryError`.
    fn begin(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()>;

    /// The unit has run to its end: what it bound is visible to everyone, what it did not bind does not exist.
    ///
    /// # Errors
    /// `MemoryError`.
    fn settle(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()>;

    /// The name is about to get its final value from elsewhere, although its unit has not run: it is not pending any more.
    ///
    /// # Errors
    /// `MemoryError`.
    fn withdraw(&self, state: &Bound<'_, ModuleState>, name: u32) -> PyResult<()>;

    /// The same, and this is the value, unless the name has been bound or deleted meanwhile.
    ///
    /// # Errors
    /// `MemoryError`.
    fn bind(&self, state: &Bound<'_, ModuleState>, name: u32, value: &Bound<'_, PyAny>) -> PyResult<()>;

    /// The unit has failed: its names are pending again and nothing it bound stays visible.
    ///
    /// # Errors
    /// `MemoryError`.
    fn roll_back(&self, state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()>;
}

/// The back end of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// [`key_hook`].
    Key,
    /// [`native_lazy`].
    Lazy,
    /// [`in_code`].
    InCode,
}

impl Backend {
    /// The implementation.
    #[must_use]
    pub fn hooks(self) -> &'static dyn Hooks {
        match self {
            Self::Key => &key_hook::KeyHook,
            Self::Lazy => &native_lazy::NativeLazy,
            Self::InCode => &in_code::InCode,
        }
    }

    /// How tools name it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Lazy => "lazy",
            Self::InCode => "code",
        }
    }
}

/// Hooks names with keys from now on, when they were hooked otherwise: somebody is about to look at the raw dict, in which
/// only a key resolves.
///
/// # Errors
/// `MemoryError`.
pub fn use_keys(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    if this.backend() == Backend::Key {
        return Ok(());
    }
    forwards::forget_bound(state)?;
    // other threads, which may run while keys are made, must not find a name neither hooked in the one way nor in the other
    let keys = loop {
        let names = this.pending();
        let keys = key_hook::keys(state, &names)?;
        if this.backend() == Backend::Key {
            return Ok(());
        }
        if names == this.pending() {
            break keys;
        }
    };
    match this.backend() {
        Backend::Lazy => native_lazy::take_hooks(state)?,
        _ => in_code::take_hooks(state),
    }
    this.set_backend(Backend::Key);
    key_hook::put(state, keys)?;
    events::hooked(&this.name, Backend::Key.label());
    table::take_from_spec(state);
    Ok(())
}

/// Chooses the back end for a module.
///
/// A module that looks at its own namespace uses keys, and so does one whose dict is `shared` already: somebody has taken it,
/// or it is executed again and has functions. So does, on 3.15, one with a name that its unit may leave unbound: lazy
/// objects can't say "no such name" (their failure is an `ImportError`).
#[must_use]
pub fn choose(py: Python<'_>, image: &Image, shared: bool) -> Backend {
    let pending = || image.names.iter().filter(|name| name.unit.is_some());
    if shared || image.namespace_readers || pending().any(|name| is_reserved(&name.text)) {
        Backend::Key
    } else if !native_lazy::available(py) {
        Backend::InCode
    } else if pending().all(|name| name.definite) {
        Backend::Lazy
    } else {
        Backend::Key
    }
}

/// Names that can't stand in a `lazy from` statement, or that the interpreter looks up in globals by itself.
fn is_reserved(text: &str) -> bool {
    matches!(text, "__builtins__" | "__name__" | "__debug__" | "None" | "True" | "False")
}
