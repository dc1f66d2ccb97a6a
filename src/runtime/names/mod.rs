//! Hooking names: how a lookup of a pending name is noticed.
//!
//! Two back ends behind one trait. [`key_hook`] puts a key into the module's dict that notices being compared; it works on
//! every version, sees every access by name, and costs the dict its specialised lookups while a name is pending.
//! [`native_lazy`] uses the lazy objects of 3.15 (PEP 810), which cost nothing, but only the interpreter's own lookups of
//! globals and attributes see them; so it is chosen only for modules in which no other access can matter (see
//! [`choose`]).
//!
//! ```python
//! m.__dict__  == {..., PendingKey('a'): <pending>}      # key hook
//! m.__dict__  == {..., 'a': <lazy_import '__atimport__.a'>}    # native lazy objects
//! ```

pub mod key_hook;
pub mod native_lazy;

use pyo3::prelude::*;

use super::state::ModuleState;
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
}

impl Backend {
    /// The implementation.
    #[must_use]
    pub fn hooks(self) -> &'static dyn Hooks {
        match self {
            Self::Key => &key_hook::KeyHook,
            Self::Lazy => &native_lazy::NativeLazy,
        }
    }

    /// How tools name it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Lazy => "lazy",
        }
    }
}

/// Hooks names with keys from now on, when they were hooked with lazy objects: somebody is about to look at the raw dict,
/// in which a lazy object shows and a key resolves.
///
/// # Errors
/// `MemoryError`.
pub fn use_keys(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    if this.backend() == Backend::Key {
        return Ok(());
    }
    this.set_backend(Backend::Key);
    let names = native_lazy::take_hooks(state)?;
    key_hook::KeyHook.announce(state, &names)
}

/// Chooses the back end for a module.
///
/// Lazy objects can't say "no such name" (their failure is an `ImportError`), so a module with a name that its unit may
/// leave unbound uses keys; and they can be read through `globals()["name"]`, so a module that looks at its own namespace
/// uses keys too.
#[must_use]
pub fn choose(py: Python<'_>, image: &Image) -> Backend {
    let suitable = native_lazy::available(py)
        && !image.namespace_readers
        && image
            .names
            .iter()
            .all(|name| name.unit.is_none() || (name.definite && !native_lazy::unsuitable(&name.text)));
    if suitable { Backend::Lazy } else { Backend::Key }
}
