//! Classes that `collections.namedtuple` has made.
//!
//! Terms: a *record* is a name that is bound by nothing but calls of `collections.namedtuple`.
//!
//! ```python
//! Usage = namedtuple("Usage", "total used free")     # a record
//! Usage.total.__doc__ = "bytes"                      # changes Usage, and nothing else
//! def usage(st):
//!     return Usage(st.a, st.b, st.c)                 # keeps nothing: a new tuple that holds its arguments
//! ```
//!
//! Which question does this file answer? "Is calling this name nothing but making a tuple?" Of other classes from outside nobody
//! knows what they keep. It is separate from [`super::known`], which is about names that are imported.

use std::collections::BTreeMap;

use super::parse::ast::{self, Expr, Stmt};
use super::scope::own_statements;
use super::value;
use super::walk::{Place, Walker};

impl Walker<'_, '_> {
    /// The callee is a named tuple of this module into which nothing has been put but what can't change.
    pub(super) fn makes_tuple(&mut self, func: &Expr) -> bool {
        let Expr::Name(name) = func else { return false };
        let symbol = self.symbol(name.id.as_str());
        self.place(symbol) == Place::Module
            && self.shape.records.contains(self.symbols.text(symbol))
            && self.fact(symbol).is_none_or(|facts| !facts.value.has(value::INNER | value::SHARED | value::FOREIGN))
    }
}

/// How often the module's own block binds each name to a new named tuple; `path` tells what a callee stands for.
pub(super) fn bindings<'a>(body: &'a [Stmt], path: &dyn Fn(&Expr) -> Option<String>) -> BTreeMap<&'a str, usize> {
    let mut times = BTreeMap::new();
    own_statements(body, &mut |stmt| {
        if let Stmt::Assign(ast::StmtAssign { targets, value, .. }) = stmt
            && let ([Expr::Name(name)], Expr::Call(call)) = (&**targets, &**value)
            && path(&call.func).as_deref() == Some("collections.namedtuple")
        {
            *times.entry(name.id.as_str()).or_default() += 1;
        }
    });
    times
}
