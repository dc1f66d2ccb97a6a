//! What code looks at that belongs to the whole process: the environment, the clock, `sys.modules`.
//!
//! ```python
//! HOME = os.environ["HOME"]                      # as it is when the statement runs; a diagnostic says so
//! if "pkg" in sys.modules: ...                   # asks for one module
//! LOADED = list(sys.modules)                     # looks at all of them: runs at import, after all that may import
//! ```
//!
//! It is separate because expressions, calls and loops look at it alike.

use super::effects::{LISTS_MODULES, THREAD_BOUND};
use super::known_attributes;
use super::parse::ast::Expr;
use super::parse::{Ranged, TextSize};
use super::walk::{Place, Walker};

impl Walker<'_, '_> {
    pub(super) fn note_ambient(&mut self, path: &str, at: TextSize) {
        if let Some(what) = known_attributes::ambient(path) {
            self.note("ATI110", at, format!("reads {what} (`{path}`)"));
        }
    }

    /// Something is looked up in what an expression stands for, or put into it: every thread may have its own.
    pub(super) fn look_into(&mut self, expr: &Expr) {
        let Expr::Name(name) = expr else { return };
        if self.shape.thread_bound.contains(name.id.as_str()) {
            let symbol = self.symbol(&name.id);
            if self.place(symbol) == Place::Module {
                self.sink().flags |= THREAD_BOUND;
            }
        }
    }

    /// An expression is iterated over, or handed to somebody who may: which modules are loaded shows.
    pub(super) fn look_at_all(&mut self, expr: &Expr) {
        // asked of every argument, and spelling a path out takes memory
        let maybe = match expr {
            Expr::Attribute(attribute) => attribute.attr.as_str() == "modules",
            expr => expr.is_name_expr(),
        };
        if maybe && self.branches == 0 && self.path(expr).as_deref() == Some("sys.modules") {
            self.sink().flags |= LISTS_MODULES;
            self.note(
                "ATI135",
                expr.start(),
                "looks at all of `sys.modules`: what may import, in any module, runs before",
            );
        }
    }
}
