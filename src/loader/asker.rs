//! Who asked for an import: the Python frame that is importing, and the deferred name because of which it runs.

use pyo3::intern;
use pyo3::prelude::*;

use crate::runtime::{context, ffi, interpreter};

/// Who asked.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// Name of the module whose code asks.
    pub module: Option<String>,
    /// File and line.
    pub place: Option<String>,
    /// The deferred name, `module.name`, whose touch made that code run.
    pub deferred: Option<String>,
}

/// Finds out who is importing right now: the innermost frame that isn't importlib's.
pub fn find(py: Python<'_>) -> Asker {
    let mut asker = Asker { deferred: context::deferred_name(), ..Asker::default() };
    let outside = frames(py).find(|frame| !is_importlib(frame));
    if let Some(frame) = outside {
        let globals = ffi::globals_of(&frame);
        asker.module = globals.and_then(|globals| globals.get_item(intern!(py, "__name__")).ok()??.extract().ok());
        let line = frame.getattr(intern!(py, "f_lineno")).and_then(|line| line.extract::<u32>());
        asker.place = Some(format!("{}:{}", file(&frame).unwrap_or_default(), line.unwrap_or_default()));
    }
    asker
}

/// Whether a finder is being asked because a module is to be imported or reloaded, and not by `importlib.util.find_spec`
/// and the like.
pub fn is_import(py: Python<'_>) -> bool {
    frames(py).take_while(is_importlib).any(|frame| {
        let function = frame.getattr(intern!(py, "f_code")).and_then(|code| code.getattr(intern!(py, "co_name")));
        function
            .and_then(|function| function.extract::<String>())
            .is_ok_and(|function| matches!(function.as_str(), "_find_and_load_unlocked" | "reload"))
    })
}

/// The thread's frames, innermost first.
fn frames(py: Python<'_>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    let innermost = interpreter::frame(py).ok();
    std::iter::successors(innermost, move |frame| {
        frame.getattr(intern!(py, "f_back")).ok().filter(|outer| !outer.is_none())
    })
}

fn is_importlib(frame: &Bound<'_, PyAny>) -> bool {
    file(frame).is_some_and(|file| {
        file.starts_with("<frozen importlib")
            || file.ends_with("/importlib/__init__.py")
            || file.ends_with("/importlib/_bootstrap.py")
    })
}

fn file(frame: &Bound<'_, PyAny>) -> Option<String> {
    let py = frame.py();
    frame.getattr(intern!(py, "f_code")).ok()?.getattr(intern!(py, "co_filename")).ok()?.extract().ok()
}
