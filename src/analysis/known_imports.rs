//! What is known about failing to import.
//!
//! Terms: code *imports nothing* when looking it up, calling it and subclassing it raises no `ImportError`.
//!
//! ```python
//! CACHE = weakref.WeakValueDictionary()     # imports nothing
//! READER = codecs.lookup("utf-8")           # imports an encoding, which is there in every build
//! ENGINE = other.engine()                   # may import whatever it likes
//! ```
//!
//! A table and nothing else, as [`super::known`], and separate from it because the two vouch for different things: a function
//! that imports nothing may change what it gets. Operators, comparisons, iteration and formatting of objects from outside count
//! as importing nothing.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::known;

/// The classes of what an import raises when it fails.
pub(super) const IMPORT_ERRORS: [&str; 2] = ["ImportError", "ModuleNotFoundError"];

/// The classes that catch all of these.
pub(super) const CATCHING: [&str; 3] = ["ImportError", "Exception", "BaseException"];

/// A built-in class of exceptions that aren't, and never contain, an `ImportError`.
pub(super) fn is_other_error(path: &str) -> bool {
    path.strip_prefix("builtins.").is_some_and(|name| !IMPORT_ERRORS.contains(&name) && !name.ends_with("Group"))
}

/// Modules of the standard library that are there in every build, and import nothing that isn't: of those that need a library of
/// somebody else's (`bz2`, `ssl`, `ctypes`) none.
const IN_EVERY_BUILD: &str = "
    _collections_abc _thread _weakref _weakrefset abc array ast atexit base64 binascii bisect calendar codecs
    collections contextlib contextvars copy copyreg dataclasses datetime decimal dis enum errno fnmatch fractions
    functools genericpath glob heapq html inspect io ipaddress itertools json keyword linecache locale logging marshal
    math mimetypes ntpath numbers opcode operator os pathlib platform posix posixpath pprint queue random re reprlib
    selectors shlex signal stat string struct sys tempfile textwrap threading time token tokenize traceback types typing
    typing_extensions unicodedata urllib.parse warnings weakref
";

static MODULES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| IN_EVERY_BUILD.split_whitespace().collect());

/// What code of the standard library imports nothing, or nothing but other parts of the standard library that are there in
/// every build: looking it up, calling it and subclassing it raises no `ImportError`.
pub(super) fn imports_nothing(path: &str) -> bool {
    if let Some(name) = path.strip_prefix("builtins.") {
        return !matches!(
            name,
            "__import__" | "eval" | "exec" | "getattr" | "hasattr" | "setattr" | "delattr" | "help" | "breakpoint"
        );
    }
    let mut around = path.match_indices('.').map(|(end, _)| &path[..end]).chain([path]);
    around.any(|module| MODULES.contains(module))
        && !["logging.config", "logging.handlers"].iter().any(|module| is_within(path, module))
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Importing the module raises no `ImportError`.
pub(super) fn is_there(module: &str) -> bool {
    MODULES.contains(module) || ["collections.abc", "importlib.abc", "importlib.machinery", "os.path"].contains(&module)
}

/// Importing the attribute of a module, or its submodule, raises no `ImportError`: it is there in all supported versions.
pub(super) fn is_attribute(path: &str) -> bool {
    // of these the other table knows every name, those of newer versions too
    let knows_all = ["typing", "typing_extensions", "math"].iter().any(|module| is_within(path, module));
    is_there(path) || (!knows_all && known::callable(path).is_some())
}
