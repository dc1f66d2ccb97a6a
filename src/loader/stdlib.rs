//! Which files belong to the standard library of this interpreter.
//!
//! A name is no proof: `sys.path` may begin with a folder that holds a `json.py` of somebody else. So a module belongs to
//! the standard library if it is built in or frozen, or its file lies in one of the folders that the interpreter computed
//! for it (Modules/getpath.py), and not in the `site-packages` or `dist-packages` below.

use pyo3::prelude::*;

use crate::overrides::pattern::canonical;

/// The folders and archives of the standard library, canonical.
pub struct Stdlib {
    roots: Vec<String>,
}

impl Stdlib {
    /// Asks `sys`.
    ///
    /// # Errors
    /// When `sys` lacks an attribute.
    pub fn new(sys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = |name: &str| -> PyResult<String> { sys.getattr(name)?.extract() };
        let (major, minor): (u8, u8) =
            sys.getattr("version_info")?.get_item(pyo3::types::PySlice::new(sys.py(), 0, 2, 1))?.extract()?;
        let mut roots = Vec::new();
        for prefix in ["base_prefix", "base_exec_prefix"] {
            let lib = format!("{}/{}", text(prefix)?, text("platlibdir")?);
            roots.push(format!("{lib}/python{major}.{minor}"));
            roots.push(format!("{lib}/python{major}{minor}.zip"));
        }
        // an interpreter that runs where it was built, or is embedded
        roots.extend(sys.getattr("_stdlib_dir").ok().and_then(|folder| folder.extract::<String>().ok()));
        let mut roots: Vec<String> = roots.iter().map(|root| canonical(root)).collect();
        roots.sort_unstable();
        roots.dedup();
        Ok(Self { roots })
    }

    /// Whether a file, given by its canonical path, belongs to it.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.roots.iter().any(|root| {
            path.strip_prefix(root.as_str())
                .and_then(|below| below.strip_prefix('/'))
                .is_some_and(|below| !matches!(below.split('/').next(), Some("site-packages" | "dist-packages")))
        })
    }

    /// Whether the first part of a name is that of a module of the standard library.
    ///
    /// # Errors
    /// When `sys` lacks an attribute.
    pub fn names(sys: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
        let top = name.split('.').next().unwrap_or(name);
        Ok(sys.getattr("stdlib_module_names")?.contains(top)? || sys.getattr("builtin_module_names")?.contains(top)?)
    }
}
