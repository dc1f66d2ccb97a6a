//! The one door from Rust errors to Python exceptions, and the exceptions that are our own.

use pyo3::create_exception;
use pyo3::exceptions::{PyRuntimeError, PyRuntimeWarning, PyValueError};
use pyo3::prelude::*;

use crate::overrides::PatternError;

create_exception!(
    atimport._native,
    DeferredExecutionError,
    PyRuntimeError,
    "Deferred code raised an exception that a name lookup would have taken for \"no such name\".\n\n\
     Raised from that exception (an AttributeError, KeyError or NameError), which is its ``__cause__``. The attributes\n\
     ``name`` (str, the module's qualified name) and ``path`` (str, its source file) say where the code stands.\n\
     Not an ImportError, so that ``except ImportError`` around an import does not swallow it."
);

create_exception!(
    atimport._native,
    DeclarationWarning,
    PyRuntimeWarning,
    "A module's ``__at_import__`` is not a valid declaration, or the module can't be split; it was executed eagerly."
);

impl From<PatternError> for PyErr {
    fn from(error: PatternError) -> Self {
        PyValueError::new_err(error.to_string())
    }
}
