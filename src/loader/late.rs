//! Pins that come late: modules that are deferred already, and modules that get another name.
//!
//! A pin means the same whenever it is made. If a module that it speaks about has been imported deferred, all of it runs
//! there and then. A deep pin speaks about what was imported while a matching module was executing, too. And a module may
//! come to be pinned by getting a second name in `sys.modules`, which is looked at when the module that gave it ends.
//!
//! ```python
//! import solver                     # deferred
//! pin_eager("solver").resolved      # ('solver.decimal', 'solver.LIMITS', 'solver.solve')
//! ```

use std::sync::Mutex;

use pyo3::prelude::*;

use super::policy;
use crate::overrides::{Pattern, Ruling, Subject, pattern};
use crate::runtime::context::Imports;
use crate::runtime::resolution::Resolution;
use crate::runtime::sync::lock;
use crate::runtime::table;

/// Patterns of pins whose deferred modules have not been resolved yet: they were read where no code may run.
static UNSETTLED: Mutex<Vec<Pattern>> = Mutex::new(Vec::new());

/// Runs what is pending in modules that a new pin speaks about.
///
/// # Errors
/// `KeyboardInterrupt`; what deferred code raises is collected.
pub fn settle(py: Python<'_>, pin: &Pattern, deep: bool) -> PyResult<Resolution> {
    let mut work = Resolution::default();
    let _eager = deep.then(|| Imports::Eager.begin());
    work.matching(py, &|names, path, importers| {
        names.iter().any(|name| pin.matches(name))
            || path.is_some_and(|path| pin.matches_source(path))
            || deep && importers.iter().any(|name| pin.matches(name))
    })?;
    Ok(work)
}

/// Remembers a pin for [`settle_all`].
pub fn remember(pin: Pattern) {
    lock(&UNSETTLED).push(pin);
}

/// Settles what [`remember`] was told; errors leave names pending, and reach whoever touches them.
///
/// # Errors
/// `KeyboardInterrupt`.
pub fn settle_all(py: Python<'_>) -> PyResult<()> {
    let pins = std::mem::take(&mut *lock(&UNSETTLED));
    pins.iter().try_for_each(|pin| settle(py, pin, false).map(drop))
}

/// After a pinned module has run: runs what is pending in modules that it has given a pinned name; errors as above.
///
/// # Errors
/// `KeyboardInterrupt`.
pub fn settle_aliased(py: Python<'_>) -> PyResult<()> {
    if table::all(py).is_empty() {
        return Ok(());
    }
    Resolution::default().matching(py, &|names, path, _| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let path = path.map(pattern::canonical);
        names.len() > 1
            && policy::with_registry(|registry| {
                let subject = Subject { names: &names, path: path.as_deref() };
                matches!(registry.ruling(&subject), Ruling::Eager { .. })
            })
    })
}
