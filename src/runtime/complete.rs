//! Running what may import, before somebody looks at all of `sys.modules` or at a whole namespace, or is told that there is no
//! such module.
//!
//! Deferred imports have not put their modules there. Who asks for one module by name can be answered then; who iterates
//! sees what is missing:
//!
//! ```python
//! import urllib3                                # deferred, as are the imports in urllib3
//! for name in list(sys.modules):                # runs at import; all that may import, in any module, runs before
//!     sys.modules["vendored." + name] = sys.modules[name]
//! ```
//!
//! An import may be there for what the imported module does, and is deferred all the same (ATI121 names it). Where it is
//! missed, it runs:
//!
//! ```python
//! import _distutils_hack.override               # changes `sys.meta_path`
//! import distutils.core                         # finds nothing; all that may import runs, then this is tried again
//! ```
//!
//! Separate from [`super::resolution`], which somebody asks for and which collects errors: here an eager run is imitated, in
//! which the modules that are still being executed are not complete.

use std::sync::atomic::Ordering;

use memchr::memmem;
use pyo3::exceptions::{PyException, PyModuleNotFoundError};
use pyo3::prelude::*;

use super::context::{CompleteImports, Imports};
use super::state::ModuleState;
use super::sync::current_thread;
use super::{forwards, resolve, submodules, sweep, table};

/// Runs what may import in every module, and in those that are imported by it. What raises stays pending, and is not tried
/// again for the same prelude.
///
/// # Errors
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`).
pub fn complete_modules(py: Python<'_>) -> PyResult<()> {
    // modules that are imported meanwhile complete themselves
    table::imported(py).iter().try_for_each(complete_module)
}

/// Runs what may import in one module; if this thread is executing it, only what stands before the statement that it is at.
///
/// # Errors
/// As [`complete_modules`].
pub fn complete_module(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let this = state.get();
    let executed = this.importing.load(Ordering::Acquire) == 0;
    run_imports(state, |unit, wanted| (wanted.is_some() || executed) && CompleteImports::tries(&this.name, unit))?;
    sweep::sweep(state.py(), state)
}

/// Before code looks at the whole namespace of a module that is being executed: the names that a star import has copied get
/// their values, and what submodules of a package import is there, as attributes of the package.
///
/// # Errors
/// What the units of copied names raise; what is no `Exception`.
pub fn complete_namespace(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    for place in this.forwards.pending() {
        forwards::resolve(state, this.position_of(place))?;
    }
    if !this.package {
        return Ok(());
    }
    let below = format!("{}.", this.name);
    let me = current_thread(py)?;
    loop {
        let missing = submodules::missing(&this.dict(py))?;
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<_> = missing.iter().map(|name| memmem::Finder::new(name.as_bytes())).collect();
        let all = table::imported(py);
        let members = || all.iter().filter(|member| member.get().name.starts_with(&below));
        let left = || members().map(|member| member.get().left()).sum::<usize>();
        let before = left();
        for member in members().filter(|member| !member.get().active_on(me)) {
            let units = &member.get().image.units;
            let code = |unit: u32| &units[unit as usize].code.marshalled;
            let named = |unit: u32| missing.iter().any(|name| may_import(code(unit), name));
            run_imports(member, |unit, wanted| wanted.is_some() && named(unit))?;
        }
        // who is new comes with the next round
        if left() == before {
            return Ok(());
        }
    }
}

/// Whether code may import a module of that name: it stands there by itself, behind its length (`w_complex_object`,
/// Python/marshal.c), or as a part of a dotted name.
fn may_import(code: &[u8], name: &memmem::Finder<'_>) -> bool {
    let length = name.needle().len();
    name.find_iter(code).any(|at| {
        let before = at.checked_sub(1).map(|at| code[at]);
        before.is_some_and(|byte| byte == b'.' || usize::from(byte) == length) || code.get(at + length) == Some(&b'.')
    })
}

/// A deferred import has not found its module, and nobody expects that: runs what an eager run has imported before, which may
/// have changed where modules are found. False when it was somebody's guess.
///
/// # Errors
/// As [`complete_modules`].
pub fn before_giving_up(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    let expected = Imports::Eager.active() || Imports::Checked.active() || CompleteImports::active();
    if expected || !error.is_instance_of::<PyModuleNotFoundError>(py) {
        return Ok(false);
    }
    let _completing = CompleteImports::begin();
    complete_modules(py).map(|()| true)
}

/// Runs what may import in one package, which lacks an attribute: the imported module may set it. Nothing runs while this thread
/// is executing the package.
///
/// # Errors
/// As [`complete_modules`].
pub fn import_own(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    if state.get().active_on(current_thread(state.py())?) {
        return Ok(());
    }
    run_imports(state, |_, wanted| wanted.is_some())
}

/// Runs, in every module, what may import and names both a package and one of its submodules, as nearly every import of that
/// submodule does; until `done`.
///
/// # Errors
/// As [`complete_modules`].
pub fn import_submodule(
    py: Python<'_>,
    package: &str,
    name: &str,
    done: impl Fn() -> PyResult<bool>,
) -> PyResult<bool> {
    let (package, name) = (memmem::Finder::new(package), memmem::Finder::new(name));
    for state in table::imported(py) {
        let units = &state.get().image.units;
        let named = |unit: u32| {
            let code = &units[unit as usize].code.marshalled;
            package.find(code).is_some() && name.find(code).is_some()
        };
        run_imports(&state, |unit, wanted| wanted.is_some() && named(unit))?;
        if done()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs those units that may import and that are `chosen`, by the unit and a name that is pending in it; if this thread is
/// executing the module, only what stands before the statement that it is at.
fn run_imports(state: &Bound<'_, ModuleState>, chosen: impl Fn(u32, Option<u32>) -> bool) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let here = this.claims.running(current_thread(py)?).into_iter().min().unwrap_or(usize::MAX);
    for unit in this.claims.unfinished().into_iter().take_while(|unit| (*unit as usize) < here) {
        let wanted = this.unit_names[unit as usize].iter().copied().find(|name| this.is_pending(*name));
        if !this.image.units[unit as usize].may_import || !chosen(unit, wanted) {
            continue;
        }
        match resolve::run(state, unit, wanted) {
            Err(error) if !error.is_instance_of::<PyException>(py) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
