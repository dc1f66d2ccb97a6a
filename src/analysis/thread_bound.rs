//! Objects of which every thread, or context, sees its own contents.
//!
//! Terms: a *thread-bound* name is bound to a `threading.local`, an instance of a class of this module that derives from it,
//! or a `contextvars.ContextVar`, by some statement of the module's own block.
//!
//! ```python
//! STATE = threading.local()
//! STATE.depth = 0              # for the thread that imports the module, whoever touches STATE first: runs at import
//! LEVEL = ContextVar("LEVEL")
//! LEVEL.set(1)                 # for the context that imports the module
//! ```
//!
//! Which question does this file answer? "Does it matter which thread runs this?" It is separate from [`super::known`], which is
//! about what a call does, and not about who sees it.

use std::collections::BTreeSet;

use super::parse::ast::{Expr, Stmt};
use super::parse::visitor::{self, Visitor};

/// Classes of such objects.
const CLASSES: [&str; 4] = ["threading.local", "_thread._local", "contextvars.ContextVar", "_contextvars.ContextVar"];

/// The thread-bound names; `path` tells what a callee or a base stands for.
pub(super) fn names(body: &[Stmt], path: &dyn Fn(&Expr) -> Option<String>) -> BTreeSet<String> {
    let mut found = Found { path, classes: BTreeSet::new(), names: BTreeSet::new() };
    found.visit_body(body);
    found.names.into_iter().map(str::to_owned).collect()
}

struct Found<'a, 'p> {
    path: &'p dyn Fn(&Expr) -> Option<String>,
    /// Classes of this module.
    classes: BTreeSet<&'a str>,
    names: BTreeSet<&'a str>,
}

impl Found<'_, '_> {
    fn is_class(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Name(name) if self.classes.contains(name.id.as_str()))
            || (self.path)(expr).is_some_and(|path| CLASSES.contains(&path.as_str()))
    }
}

impl<'a> Visitor<'a> for Found<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let (targets, value) = match stmt {
            Stmt::FunctionDef(_) => return,
            Stmt::ClassDef(class) => {
                if class.bases().iter().any(|base| self.is_class(base)) {
                    self.classes.insert(&class.name);
                }
                return;
            }
            Stmt::Assign(assign) => (assign.targets.as_slice(), Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_ref()),
            _ => return visitor::walk_stmt(self, stmt),
        };
        if let Some(Expr::Call(call)) = value.map(|value| &**value)
            && self.is_class(&call.func)
        {
            let names = targets.iter().filter_map(|target| target.as_name_expr());
            self.names.extend(names.map(|name| name.id.as_str()));
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}
