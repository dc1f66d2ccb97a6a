//! What code looks at that belongs to the whole process: the environment, the clock, `sys.modules`.
//!
//! ```python
//! HOME = os.environ["HOME"]                      # as it is when the statement runs; a diagnostic says so
//! if "pkg" in sys.modules: ...                   # asks for one module: runs after what imports it here, or after all
//! LOADED = list(sys.modules)                     # looks at all of them: runs at import, after all that may import
//! ```
//!
//! It is separate because expressions, calls and loops look at it alike.

use compact_str::{CompactString, format_compact};

use super::effects::{LISTS_MODULES, READS_AMBIENT, THREAD_BOUND};
use super::imports::absolute;
use super::known_attributes;
use super::own_module::is_around;
use super::parse::ast::{self, Expr};
use super::parse::{Ranged, TextSize, key_text};
use super::walk::{Place, Walker};

impl Walker<'_, '_> {
    pub(super) fn note_ambient(&mut self, path: &str, at: TextSize) {
        if let Some(what) = known_attributes::ambient(path) {
            self.sink().flags |= READS_AMBIENT;
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

    /// A key is looked up in what an expression stands for: whether that module is loaded shows.
    pub(super) fn look_up(&mut self, expr: &Expr, key: &Expr) {
        let input = self.shape.input;
        let module = match key_text(key) {
            Some(module) => CompactString::from(module),
            None => match head(key) {
                Some("__name__") if key.is_name_expr() => return,
                Some("__name__") => format_compact!("{}.", input.module),
                Some("__package__") => format_compact!("{}.", absolute(&input, 1, None).unwrap_or_default()),
                // of a function or a class: it has been defined there
                _ if matches!(key, Expr::Attribute(attribute) if attribute.attr.as_str() == "__module__") => return,
                _ => return self.look_at_all(expr),
            },
        };
        // spelling a path out takes memory
        if !is_always_loaded(&module, input.module) && self.hidden_path(expr).as_deref() == Some("sys.modules") {
            let symbol = self.symbols.intern(&module);
            self.sink().modules.insert(symbol);
        }
    }

    /// So it is where a method looks it up: `sys.modules.get("pkg")`.
    pub(super) fn look_up_by(&mut self, method: &ast::ExprAttribute, arguments: &[Expr]) {
        if let Some(key) = arguments.first()
            && ["get", "pop", "setdefault", "__getitem__", "__contains__"].contains(&method.attr.as_str())
        {
            self.look_up(&method.value, key);
        }
    }

    /// An expression is handed to somebody, or asked for its namespace: all that is in it may be looked at, which shows the
    /// modules of a package that are loaded, or all.
    pub(super) fn look_inside(&mut self, expr: &Expr) {
        let path = if expr.is_name_expr() || expr.is_attribute_expr() { self.hidden_path(expr) } else { None };
        match path.as_deref() {
            Some("sys.modules") => self.list_modules(expr.start()),
            Some(path) if self.shape.imported.contains(path) => {
                let symbol = self.symbols.intern(&format_compact!("{path}."));
                self.sink().modules.insert(symbol);
            }
            _ => {}
        }
    }

    /// An expression is iterated over: which modules are loaded shows.
    pub(super) fn look_at_all(&mut self, expr: &Expr) {
        // spelling a path out takes memory
        let maybe = match expr {
            Expr::Attribute(attribute) => attribute.attr.as_str() == "modules",
            expr => expr.is_name_expr(),
        };
        if maybe && self.hidden_path(expr).as_deref() == Some("sys.modules") {
            self.list_modules(expr.start());
        }
    }

    fn list_modules(&mut self, at: TextSize) {
        if self.branches == 0 {
            self.sink().flags |= LISTS_MODULES;
            self.note("ATI135", at, "looks at all of `sys.modules`: what may import, in any module, runs before");
        }
    }
}

/// The module is loaded while the module `own` is being executed, whatever has been imported.
fn is_always_loaded(module: &str, own: &str) -> bool {
    is_around(module, own) || matches!(module, "sys" | "builtins" | "__main__")
}

/// The name with whose text the text of an expression begins: `__name__ + ".part"`.
fn head(key: &Expr) -> Option<&str> {
    match key {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::BinOp(operation) => head(&operation.left),
        Expr::FString(string) => match string.value.elements().next() {
            Some(ast::InterpolatedStringElement::Interpolation(first)) => head(&first.expression),
            _ => None,
        },
        _ => None,
    }
}
