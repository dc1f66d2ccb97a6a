//! The module's namespace, looked at as a mapping or through the module object.
//!
//! Terms: a *namespace expression* is `globals()`, at module level also `locals()` and `vars()`, and
//! `sys.modules[__name__]` with its `__dict__`. With a constant key it is a name like any other; otherwise any name may be
//! read or bound, which [`super::prelude`] treats as a barrier.
//!
//! ```python
//! globals()["x"]                    # reads x
//! globals()["x"] = 1                # binds x
//! if "x" in globals(): ...          # reads x
//! globals().update(table)           # any name
//! exec(code)                        # any name
//! ```
//!
//! It is separate because each form must be recognised by the expression around it, before its parts are evaluated.

use super::effects::{ANY_NAME, CALLS_OUTSIDE};
use super::parse::Ranged;
use super::parse::ast::{self, Expr};
use super::value::{self, Value};
use super::walk::Walker;

/// Functions that hand out frames, and with them the namespaces of their callers.
const FRAMES: [&str; 6] = [
    "sys._getframe",
    "inspect.currentframe",
    "inspect.stack",
    "inspect.trace",
    "sys._current_frames",
    "inspect.getouterframes",
];

impl Walker<'_, '_> {
    /// The expression is the namespace of the module.
    fn is_namespace(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) if call.arguments.args.is_empty() && call.arguments.keywords.is_empty() => {
                match self.path(&call.func).as_deref() {
                    Some("builtins.globals") => true,
                    Some("builtins.locals" | "builtins.vars") => self.frames.is_empty(),
                    _ => false,
                }
            }
            Expr::Attribute(attribute) => attribute.attr.as_str() == "__dict__" && self.is_module(&attribute.value),
            Expr::Call(call) => {
                call.arguments.args.len() == 1
                    && self.path(&call.func).as_deref() == Some("builtins.vars")
                    && self.is_module(&call.arguments.args[0])
            }
            _ => false,
        }
    }

    /// The expression is the module itself: `sys.modules[__name__]`.
    fn is_module(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Subscript(subscript) => {
                is_dunder_name(&subscript.slice) && self.path(&subscript.value).as_deref() == Some("sys.modules")
            }
            Expr::Call(call) => {
                call.arguments.args.first().is_some_and(is_dunder_name)
                    && matches!(
                        self.path(&call.func).as_deref(),
                        Some("builtins.__import__" | "importlib.import_module" | "sys.modules.get")
                    )
            }
            _ => false,
        }
    }

    pub(super) fn eval_namespace_subscript(&mut self, expr: &Expr, subscript: &ast::ExprSubscript) -> Option<Value> {
        if self.is_namespace(&subscript.value) {
            if let Expr::StringLiteral(key) = subscript.slice.as_ref() {
                let symbol = self.symbols.intern(key.value.to_str());
                return Some(self.load_module(symbol));
            }
            self.eval(&subscript.slice);
            return Some(self.any_name(subscript));
        }
        if self.is_module(expr) {
            self.eval(&subscript.value);
            self.eval(&subscript.slice);
            let mut module = Value::outside();
            module.flags |= value::MODULE;
            return Some(module);
        }
        None
    }

    pub(super) fn eval_namespace_attribute(&mut self, attribute: &ast::ExprAttribute) -> Option<Value> {
        if self.is_module(&attribute.value) {
            if attribute.attr.as_str() == "__dict__" {
                return Some(self.any_name(attribute));
            }
            let symbol = self.symbols.intern(attribute.attr.as_str());
            return Some(self.load_module(symbol));
        }
        None
    }

    pub(super) fn eval_namespace_membership(&mut self, compare: &ast::ExprCompare) -> Option<Value> {
        let ([ast::CmpOp::In | ast::CmpOp::NotIn], [right]) = (&*compare.ops, &*compare.comparators) else {
            return None;
        };
        let Expr::StringLiteral(key) = compare.left.as_ref() else { return None };
        if !self.is_namespace(right) && !matches!(right, Expr::Call(call) if self.is_own_dir(call)) {
            return None;
        }
        let symbol = self.symbols.intern(key.value.to_str());
        self.load_module(symbol);
        Some(Value::atom())
    }

    fn is_own_dir(&mut self, call: &ast::ExprCall) -> bool {
        call.arguments.args.is_empty()
            && self.frames.is_empty()
            && self.path(&call.func).as_deref() == Some("builtins.dir")
    }

    pub(super) fn eval_namespace_call(&mut self, expr: &Expr, call: &ast::ExprCall) -> Option<Value> {
        if let Expr::Attribute(method) = call.func.as_ref() {
            if self.is_namespace(&method.value)
                && matches!(method.attr.as_str(), "get" | "__getitem__" | "__contains__")
                && let Some(Expr::StringLiteral(key)) = call.arguments.args.first()
            {
                let symbol = self.symbols.intern(key.value.to_str());
                let mut value = self.load_module(symbol);
                for default in call.arguments.args.iter().skip(1) {
                    value.join(&self.eval(default));
                }
                return Some(value);
            }
            if matches!(method.attr.as_str(), "_convert_" | "_convert") {
                // `IntEnum._convert_(name, __name__, …)` puts the members into the module (`enum.py`).
                self.sink().flags |= ANY_NAME;
            }
        }
        if self.is_namespace(expr) {
            return Some(self.any_name(call));
        }
        if self.is_module(expr) {
            self.eval(&call.func);
            self.eval_arguments(&call.arguments);
            let mut module = Value::outside();
            module.flags |= value::MODULE;
            return Some(module);
        }
        let path = self.path(&call.func)?;
        match path.as_str() {
            // Of a function or a class body: nobody else's.
            "builtins.locals" => Some(Value::container([])),
            "builtins.vars" if call.arguments.args.is_empty() => Some(Value::container([])),
            "builtins.eval" | "builtins.exec" if call.arguments.args.len() < 2 || self.passes_namespace(call) => {
                self.eval(&call.func);
                self.eval_arguments(&call.arguments);
                self.sink().flags |= CALLS_OUTSIDE;
                Some(self.any_name(call))
            }
            "builtins.dir" if call.arguments.args.is_empty() && self.frames.is_empty() => {
                self.any_name(call);
                Some(Value::container([]))
            }
            _ if FRAMES.contains(&path.as_str()) => {
                self.eval(&call.func);
                self.eval_arguments(&call.arguments);
                self.note("ATI134", call.start(), format!("`{path}` gives access to the module's namespace"));
                Some(self.any_name(call))
            }
            _ => None,
        }
    }

    fn passes_namespace(&mut self, call: &ast::ExprCall) -> bool {
        call.arguments.args.iter().any(|argument| self.is_namespace(argument) || is_dunder_dict(argument))
    }

    /// A store through a namespace expression; true when it was one.
    pub(super) fn assign_namespace(&mut self, target: &Expr, value: &Value) -> bool {
        match target {
            Expr::Subscript(subscript) if self.is_namespace(&subscript.value) => {
                if let Expr::StringLiteral(key) = subscript.slice.as_ref() {
                    let symbol = self.symbols.intern(key.value.to_str());
                    self.store_module(symbol, value);
                } else {
                    self.eval(&subscript.slice);
                    self.any_name(subscript);
                }
                true
            }
            Expr::Attribute(attribute) if self.is_module(&attribute.value) => {
                let symbol = self.symbols.intern(attribute.attr.as_str());
                self.store_module(symbol, value);
                if attribute.attr.as_str().starts_with("__") {
                    self.sink().flags |= ANY_NAME;
                }
                true
            }
            _ => false,
        }
    }

    fn any_name(&mut self, at: &impl Ranged) -> Value {
        self.sink().flags |= ANY_NAME;
        self.note("ATI130", at.start(), "looks at the module's namespace as a whole");
        let mut namespace = Value::outside();
        namespace.flags |= value::MODULE;
        namespace
    }
}

pub(super) fn is_dunder_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__")
}

fn is_dunder_dict(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute) if attribute.attr.as_str() == "__dict__")
}
