//! Images written before anybody imports the module: `atimport compile`, and installers.
//!
//! ```python
//! write_image("pkg/mod.py", "pkg.mod", hashed=None)     # splits it, executes nothing: pkg/__pycache__/mod.cpython-313.ati
//! ```
//!
//! Separate from [`source`](super::source), which executes: a failure here is an error, and not a reason to be eager.

use std::path::PathBuf;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::cached;
use super::capture::captured;
use super::declared;
use super::source::Execution;
use crate::image::Image;

/// What [`write_image`] is asked for.
#[derive(Clone, Copy)]
pub struct Request {
    /// Also for a module that declares nothing: somebody assumes that it may be deferred.
    pub assume: bool,
    /// The image says that the module is to be deferred, whatever it declares.
    pub flagged: bool,
    /// How the image knows its source: nothing for time and size, else by hash, and whether that is compared.
    pub hashed: Option<bool>,
    /// Also when there is one that can be used.
    pub force: bool,
}

/// Splits the module of a source file and writes its image beside it; nothing is executed. Returns what came of it and the
/// image's path: `written`; `fresh`, there was one; `undeclared`, the module doesn't ask for one; `eager`, the module can't
/// be deferred, and so isn't flagged; `uncached`, there is no place for one.
///
/// # Errors
/// `SyntaxError` and its like for a source that can't be compiled, `OSError` when the image can't be written.
pub fn write_image(
    py: Python<'_>,
    path: &str,
    name: &str,
    package: bool,
    request: Request,
) -> PyResult<(&'static str, Option<PathBuf>)> {
    let captured = captured(py)?;
    let loader = captured.external.bind(py).getattr("SourceFileLoader")?.call1((name, path))?;
    let module = pyo3::types::PyModule::new(py, name)?.into_any();
    if package {
        module.setattr("__path__", PyTuple::empty(py))?;
    }
    let source = cached::find(captured, &loader)?;
    let execution = Execution::new(captured, &loader, &module, PyString::new(py, name).into_any(), source)?;
    let Some(mut images) = execution.images(path) else { return Ok(("uncached", None)) };
    let Some((data, text)) = execution.source_text()? else { return Ok(("uncached", None)) };
    // the analysis is the authority; this only saves it
    if !(request.assume || request.flagged || text.contains(declared::NAME)) {
        return Ok(("undeclared", None));
    }
    let former = images.read_beside()?;
    let mut flagged = request.flagged;
    if let Some((former, hashed)) = former {
        // what an installer wrote stays what it is
        flagged |= former.flagged;
        let fresh = former.flagged == flagged && hashed.is_none() && request.hashed.is_none();
        if fresh && !request.force {
            return Ok(("fresh", Some(images.into_path())));
        }
    }
    let image = execution.split_text(data, text, path)?;
    if image.unsplittable.is_some() {
        // a source that CPython refuses too gets CPython's error
        captured.compile.bind(py).call1((data, path, intern!(py, "exec"), 0, true))?;
    }
    if flagged && (image.unsplittable.is_some() || image.invalid.is_some()) {
        return Ok(("eager", None));
    }
    if !(request.assume || flagged || image.declared || image.invalid.is_some()) {
        return Ok(("undeclared", None));
    }
    let file = images.write_beside(&Image { flagged, ..image }, data, request.hashed)?;
    Ok(("written", Some(file)))
}
