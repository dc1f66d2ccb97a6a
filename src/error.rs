//! The one door from Rust errors to Python exceptions, and the exceptions that are our own.

use pyo3::create_exception;
use pyo3::exceptions::{PyImportError, PyLookupError, PyRuntimeError, PyRuntimeWarning, PyValueError};
use pyo3::prelude::*;

use crate::overrides::{PatternError, RegistryError};

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

create_exception!(
    atimport._native,
    FrozenRegistryError,
    PyRuntimeError,
    "The override registry is frozen: no rule can be added or withdrawn any more."
);

create_exception!(
    atimport._native,
    SealedImportError,
    PyImportError,
    "A module from outside of what `seal` allows was asked for after the process was sealed; it was not read.\n\n\
     ``name`` (str) is the module, ``importer`` (str or None) the module that asked for it, ``deferred`` (str or None) the\n\
     deferred name, as ``module.name``, whose touch made that code run."
);

create_exception!(
    atimport._native,
    SealedImportWarning,
    PyRuntimeWarning,
    "What would be a SealedImportError, had the process not been sealed with ``mode=\"warn\"``."
);

impl From<RegistryError> for PyErr {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Frozen => FrozenRegistryError::new_err(error.to_string()),
            RegistryError::Withdrawn => PyLookupError::new_err(error.to_string()),
        }
    }
}

impl From<PatternError> for PyErr {
    fn from(error: PatternError) -> Self {
        PyValueError::new_err(error.to_string())
    }
}
