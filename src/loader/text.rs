//! The text of a source file.
//!
//! A loader gives bytes, which the compiler gets as they are; the analysis needs text. Separate from [`super::source`] because
//! encodings are no matter of what gets executed.
//!
//! ```python
//! # -*- coding: latin-1 -*-      # PEP 263: `importlib.util.decode_source` decodes it; without a cookie it is UTF-8
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes};

use super::capture::Captured;

/// A source as the compiler gets it, and as text.
pub type SourceText<'py> = (Bound<'py, PyAny>, String);

/// Reads the source at a path, as the loader has it; `None` when that is none.
///
/// # Errors
/// What `get_data` raises; `SyntaxError` and `UnicodeDecodeError` for what can't be decoded.
pub fn read<'py>(
    captured: &Captured,
    loader: &Bound<'py, PyAny>,
    path: &Bound<'py, PyAny>,
) -> PyResult<Option<SourceText<'py>>> {
    let py = loader.py();
    let text = path.str()?.to_string_lossy().into_owned();
    if !text.ends_with(".py") && !text.ends_with(".pyw") {
        return Ok(None);
    }
    let data = loader.call_method1(intern!(py, "get_data"), (path,))?;
    if !data.is_instance_of::<PyBytes>() {
        return Ok(None);
    }
    let text = match utf8(data.cast::<PyBytes>()?.as_bytes()) {
        Some(text) => text.to_owned(),
        None => captured.decode_source.bind(py).call1((&data,))?.extract()?,
    };
    Ok(Some((data, text)))
}

/// The text of a source file in the default encoding (PEP 3120); `None` when an encoding cookie may say otherwise (PEP 263)
/// or the bytes are not valid. Saves the import of `tokenize`, which decoding by cookie needs.
fn utf8(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let cookie = text.split_inclusive(['\n', '\r']).take(3).any(|line| line.contains("coding"));
    if cookie { None } else { Some(text) }
}
