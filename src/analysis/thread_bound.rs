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
use super::scope::own_statements;

/// Classes of such objects.
const CLASSES: [&str; 4] = ["threading.local", "_thread._local", "contextvars.ContextVar", "_contextvars.ContextVar"];

/// The thread-bound names; `path` tells what a callee or a base stands for.
pub(super) fn names(body: &[Stmt], path: &dyn Fn(&Expr) -> Option<String>) -> BTreeSet<String> {
    let mut classes: BTreeSet<&str> = BTreeSet::new();
    let mut names = BTreeSet::new();
    let is_class = |expr: &Expr, own: &BTreeSet<&str>| {
        matches!(expr, Expr::Name(name) if own.contains(name.id.as_str()))
            || path(expr).is_some_and(|path| CLASSES.contains(&path.as_str()))
    };
    own_statements(body, &mut |stmt| {
        let (targets, value) = match stmt {
            Stmt::ClassDef(class) => {
                if class.bases().iter().any(|base| is_class(base, &classes)) {
                    classes.insert(&class.name);
                }
                return;
            }
            Stmt::Assign(assign) => (assign.targets.as_slice(), Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_ref()),
            _ => return,
        };
        if let Some(Expr::Call(call)) = value.map(|value| &**value)
            && is_class(&call.func, &classes)
        {
            let bound = targets.iter().filter_map(|target| target.as_name_expr());
            names.extend(bound.map(|name| name.id.to_string()));
        }
    });
    names
}
