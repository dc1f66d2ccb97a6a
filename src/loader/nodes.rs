//! The types of syntax trees that are made here.
//!
//! Taken from a tree that CPython makes of one line of each kind: importing `ast` would cost more than most modules do.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};

use super::capture::Captured;
use super::compile::{ONLY_AST, compile};

/// Types of syntax trees, without the module `ast`, and without making them before something is compiled.
pub struct Nodes {
    pub module: Py<PyAny>,
    /// `ast.stmt`.
    pub statement: Py<PyAny>,
    pub alias: Py<PyAny>,
    pub annotated: Py<PyAny>,
    pub assign: Py<PyAny>,
    /// `ast.Expr`.
    pub bare: Py<PyAny>,
    pub branch: Py<PyAny>,
    pub constant: Py<PyAny>,
    pub import: Py<PyAny>,
    pub pass: Py<PyAny>,
}

impl Nodes {
    /// The types, from a tree that has one node of each.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn get<'py>(captured: &Captured, py: Python<'py>) -> PyResult<&'py Self> {
        static NODES: PyOnceLock<Nodes> = PyOnceLock::new();
        NODES.get_or_try_init(py, || {
            let source = PyString::new(py, "a: b\na = 0\nif a: pass\nimport a\na").into_any();
            let tree = compile(captured, &source, &source, "ast", ONLY_AST)?;
            let kind = |node: &Bound<'_, PyAny>| node.get_type().into_any().unbind();
            let body = tree.getattr(intern!(py, "body"))?.cast_into::<PyList>()?;
            let [annotated, assign, branch, import, bare] = [0, 1, 2, 3, 4].map(|position| body.get_item(position));
            let (assign, branch, import) = (assign?, branch?, import?);
            Ok(Self {
                module: kind(&tree),
                statement: assign.get_type().getattr(intern!(py, "__base__"))?.unbind(),
                alias: kind(&import.getattr(intern!(py, "names"))?.get_item(0)?),
                annotated: kind(&annotated?),
                bare: kind(&bare?),
                constant: kind(&assign.getattr(intern!(py, "value"))?),
                pass: kind(&branch.getattr(intern!(py, "body"))?.get_item(0)?),
                assign: kind(&assign),
                branch: kind(&branch),
                import: kind(&import),
            })
        })
    }
}
