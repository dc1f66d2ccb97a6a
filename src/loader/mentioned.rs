//! Where compiled code mentions names that units bind: what [`crate::image::mentions`] keeps.
//!
//! An entry of `co_names` can be hooked when instructions use it to look a global up, and for nothing else. It is ambiguous
//! when one of them uses it for an attribute ([`super::separate`] has left few of these), or binds a global or a local by it:
//! a hook must never become a key of a dict.
//!
//! ```python
//! class C:
//!     limit = limit      # looks the global up and binds a local, both by the same entry
//! ```

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::image::Bytes;
use crate::image::mentions::{self, Mention};
use crate::runtime::bytecode::{Use, name_uses, sets_up_annotations};
use crate::runtime::{ffi, interpreter};

/// The mentions in a code object and in those inside it; `position` says where a name stands, if a unit binds it.
///
/// # Errors
/// What reading a code object's attributes raises: never in practice.
pub fn in_code(code: &Bound<'_, PyAny>, position: &dyn Fn(&str) -> Option<u32>) -> PyResult<Bytes> {
    let mut search = Search { position, codes: 0, found: Vec::new() };
    search.search(code, None)?;
    Ok(mentions::encode(&search.found))
}

struct Search<'a> {
    position: &'a dyn Fn(&str) -> Option<u32>,
    /// Code objects so far.
    codes: u32,
    found: Vec<Mention>,
}

impl Search<'_> {
    /// `around`: the names that the code object around this one stores as locals, where there is one.
    fn search(&mut self, code: &Bound<'_, PyAny>, around: Option<&[u32]>) -> PyResult<()> {
        let py = code.py();
        let number = self.codes;
        self.codes += 1;
        let names = ffi::descriptors::raw_names(code)?;
        let mut bound: Vec<(usize, u32, Bound<'_, PyString>)> = Vec::new();
        for (place, text) in names.iter().enumerate() {
            let text = text.cast_into::<PyString>()?;
            if let Some(name) = text.to_str().ok().and_then(self.position) {
                bound.push((place, name, text));
            }
        }
        let mut stored = Vec::new();
        if !bound.is_empty() {
            let bytes = ffi::descriptors::raw_bytes(code)?;
            let minor = interpreter::minor(py);
            let uses: Vec<(usize, Use)> =
                name_uses(minor, bytes.as_bytes()).map(|(_, place, what)| (place, what)).collect();
            for (place, name, text) in bound {
                let used = |what: Use| uses.contains(&(place, what));
                let from_class = used(Use::LoadFromDictOrGlobals);
                if used(Use::ChangeName) {
                    stored.push(name);
                }
                let annotations = text == "__annotations__" && sets_up_annotations(minor, bytes.as_bytes());
                // a class body's own; at module level, where there is one dict only, nobody else may make it
                if annotations && around.is_some() {
                    continue;
                }
                if used(Use::LoadGlobal) || used(Use::LoadName) || from_class || used(Use::ChangeGlobal) {
                    let other = used(Use::Attribute) || used(Use::ChangeName) || used(Use::ChangeGlobal);
                    let of_class = from_class && around.is_some_and(|stored| stored.contains(&name));
                    let place = u32::try_from(place).unwrap_or(u32::MAX);
                    let ambiguous = annotations || other || of_class;
                    self.found.push(Mention { code: number, place, name, ambiguous });
                }
            }
        }
        for constant in code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()? {
            if ffi::is_code(&constant) {
                self.search(&constant, Some(&stored))?;
            }
        }
        Ok(())
    }
}
