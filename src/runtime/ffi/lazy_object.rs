//! Lazy objects of the interpreter (3.15 and newer), made by copying one.
//!
//! The interpreter makes them for `lazy` statements only (`_PyLazyImport_New`, Objects/lazyimportobject.c). The *declaration*
//! stands for the module that the statement names, and holds the builtins whose `__import__` will be called; a
//! *placeholder* stands for a name from it, and holds the declaration and the name. Else they only say where in its code the
//! statement stands.
//!
//! ```python
//! lazy from X import a    # in a namespace whose `__builtins__` are ours
//! ```
//!
//! Which words of an object are references is asked of the object itself (`tp_traverse`), because the layout differs between
//! releases. What has other references than these is not understood, and not copied.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::super::interpreter;

/// What a statement has made, taken to pieces.
pub struct Example {
    declaration: Pattern,
    placeholder: Pattern,
}

/// An object, and what the words behind its head are.
struct Pattern {
    object: Py<PyAny>,
    words: Vec<Word>,
}

#[derive(Clone, Copy)]
enum Word {
    /// Not a reference.
    Plain,
    /// A reference that copies have, too.
    Shared,
    /// A reference in whose place copies have another one: its position among these.
    Replaced(usize),
}

const WORD: usize = size_of::<*mut ffi::PyObject>();
const HEAD: usize = size_of::<ffi::PyObject>() / WORD;

impl Example {
    /// Takes a placeholder to pieces; nothing when it isn't understood.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn of(
        placeholder: &Bound<'_, PyAny>,
        builtins: &Bound<'_, PyDict>,
        name: &Bound<'_, PyString>,
    ) -> PyResult<Option<Self>> {
        let kind = placeholder.get_type();
        let declaration = referents(placeholder)?.iter().find(|held| held.get_type().is(&kind));
        let Some(declaration) = declaration else { return Ok(None) };
        let placeholder = Pattern::of(placeholder, &[&declaration, name.as_any()])?;
        let declaration = Pattern::of(&declaration, &[builtins.as_any()])?;
        let both = declaration.zip(placeholder);
        Ok(both.map(|(declaration, placeholder)| Self { declaration, placeholder }))
    }

    /// A declaration with other builtins.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn declaration<'py>(&self, builtins: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        self.declaration.copy(&[builtins.as_any()])
    }

    /// A placeholder for a name of a declaration.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn placeholder<'py>(
        &self,
        declaration: &Bound<'py, PyAny>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.placeholder.copy(&[declaration, name.as_any()])
    }
}

/// What an object holds, as it tells the collector.
fn referents<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    Ok(interpreter::gc(object.py())?.call_method1("get_referents", (object,))?.cast_into()?)
}

impl Pattern {
    /// Nothing when the object is more than its words, when one of its references is not among these, or when it doesn't have
    /// each of the `replaced` once.
    fn of(object: &Bound<'_, PyAny>, replaced: &[&Bound<'_, PyAny>]) -> PyResult<Option<Self>> {
        let held = referents(object)?;
        // SAFETY: a live object, and its type.
        let (kind, flags) = unsafe {
            let kind = &*ffi::Py_TYPE(object.as_ptr());
            (kind, ffi::PyType_GetFlags(ffi::Py_TYPE(object.as_ptr())))
        };
        let size = usize::try_from(kind.tp_basicsize).unwrap_or(0);
        let plain = kind.tp_itemsize == 0
            && kind.tp_dictoffset == 0
            && kind.tp_weaklistoffset == 0
            && size % WORD == 0
            && flags & (ffi::Py_TPFLAGS_HEAPTYPE | ffi::Py_TPFLAGS_HAVE_GC) == ffi::Py_TPFLAGS_HAVE_GC;
        if !plain {
            return Ok(None);
        }
        let mut left: Vec<*mut ffi::PyObject> = held.iter().map(|held| held.as_ptr()).collect();
        let word = |at: usize| {
            // SAFETY: `at` is inside of the object, whose size is a multiple of a word; what is read is only compared.
            let word = unsafe { object.as_ptr().cast::<*mut ffi::PyObject>().add(at).read() };
            let Some(found) = left.iter().position(|held| *held == word) else { return Word::Plain };
            left.swap_remove(found);
            replaced.iter().position(|own| own.as_ptr() == word).map_or(Word::Shared, Word::Replaced)
        };
        let words: Vec<Word> = (HEAD..size / WORD).map(word).collect();
        let times = |own: usize| words.iter().filter(|word| matches!(word, Word::Replaced(at) if *at == own)).count();
        let understood = left.is_empty() && (0..replaced.len()).all(|own| times(own) == 1);
        Ok(understood.then(|| Self { object: object.clone().unbind(), words }))
    }

    /// The same object with other references in the places of those that are replaced, in their order.
    fn copy<'py>(&self, replacing: &[&Bound<'py, PyAny>]) -> PyResult<Bound<'py, PyAny>> {
        let py = replacing[0].py();
        let from = self.object.bind(py).as_ptr();
        // SAFETY: the type is static, has nothing but these words, and is known to the collector, for which the new object is
        // complete at any time: `PyType_GenericAlloc` fills it with zeros, and nothing runs before it has all words. Every
        // reference that `tp_traverse` names is counted; `of` holds that there are no others, and that the rest is plain.
        unsafe {
            let made = ffi::PyType_GenericAlloc(ffi::Py_TYPE(from), 0);
            if made.is_null() {
                return Err(PyErr::fetch(py));
            }
            for (at, word) in (HEAD..).zip(&self.words) {
                let here = from.cast::<*mut ffi::PyObject>().add(at).read();
                let there = match word {
                    Word::Plain => here,
                    Word::Shared => ffi::Py_NewRef(here),
                    Word::Replaced(own) => ffi::Py_NewRef(replacing[*own].as_ptr()),
                };
                made.cast::<*mut ffi::PyObject>().add(at).write(there);
            }
            Ok(Bound::from_owned_ptr(py, made))
        }
    }
}
