//! The module's namespace, looked at as a mapping or through the module object.
//!
//! Terms: a *namespace expression* is `globals()`, at module level also `locals()` and `vars()`, and
//! `sys.modules[__name__]` with its `__dict__`. With a constant key it is a name like any other; otherwise any name may be
//! read or bound, which [`super::prelude`] treats as a barrier.
//!
//! ```python
//! globals()["x"]                    # reads x
//! globals()["x"] = []               # binds x, which owns the list
//! globals()["CO_" + x] = []         # binds a name that begins with CO_
//! if "x" in globals(): ...          # reads x
//! globals().setdefault("x", 1)      # reads and binds x
//! globals().update(table)           # any name
//! import own.module as this         # `this` is the module, as is `sys.modules["own.module"]`
//! exec(code)                        # any name
//! g = globals; g()["x"] = []        # any name: who has the function has the namespace
//! sys._getframe(1).f_globals["x"]   # reads x, for the frame may be one of this module; any other use: any name
//! ```
//!
//! After a star import `globals` may be somebody else's function. It is taken for the built-in all the same, and for an
//! unknown callable as well. Which names are bound in these ways is counted by [`super::census`].
//!
//! It is separate because each form must be recognised by the expression around it, before its parts are evaluated.

use super::effects::{ANY_NAME, CALLS_OUTSIDE, MAY_FAIL_TO_IMPORT};
use super::expressions::join;
use super::frames::FRAMES;
use super::parse::ast::{self, Expr};
use super::parse::{Ranged, key_text};
use super::value::{self, Value};
use super::walk::{Place, Walker};

impl Walker<'_, '_> {
    /// Evaluating a namespace expression looks up the names in it.
    pub(super) fn read_parts(&mut self, namespace: &Expr) {
        match namespace {
            Expr::Name(name) => {
                let symbol = self.symbol(name.id.as_str());
                if self.place(symbol) == Place::Module {
                    self.read(symbol);
                }
            }
            Expr::Attribute(attribute) => self.read_parts(&attribute.value),
            Expr::Subscript(subscript) => {
                self.read_parts(&subscript.value);
                self.read_parts(&subscript.slice);
            }
            Expr::Call(call) => {
                self.read_parts(&call.func);
                call.arguments.args.iter().for_each(|argument| self.read_parts(argument));
            }
            _ => {}
        }
    }

    /// Looks a name up through a namespace expression, which may be a mapping of somebody else's.
    fn load_key(&mut self, namespace: &Expr, key: &str) -> Value {
        self.read_parts(namespace);
        let symbol = self.symbols.intern(key);
        let mut value = self.load_module(symbol);
        if self.shape.star && namespace.is_call_expr() {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
            value.join(&Value::outside());
        }
        value
    }

    /// Binds a name through a namespace expression, which exists for that effect.
    fn store_key(&mut self, namespace: &Expr, key: &str, value: &Value) {
        self.read_parts(namespace);
        let symbol = self.symbols.intern(key);
        self.store_module(symbol, value);
        self.mark_effect();
        if self.shape.star && namespace.is_call_expr() {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
            self.mark_outside("a star import may have bound another `globals`");
        }
    }

    pub(super) fn eval_namespace_subscript(&mut self, expr: &Expr, subscript: &ast::ExprSubscript) -> Option<Value> {
        if self.is_namespace(&subscript.value) {
            if let Some(key) = key_text(&subscript.slice) {
                return Some(self.load_key(&subscript.value, key));
            }
            self.eval(&subscript.slice);
            return Some(self.any_name(subscript));
        }
        if let Some(key) = key_text(&subscript.slice)
            && let Some(frame) = self.frame_namespace(&subscript.value)
        {
            return Some(self.load_frame_key(frame, key));
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
            return Some(self.load_key(&attribute.value, attribute.attr.as_str()));
        }
        None
    }

    pub(super) fn eval_namespace_membership(&mut self, compare: &ast::ExprCompare) -> Option<Value> {
        let ([ast::CmpOp::In | ast::CmpOp::NotIn], [right]) = (&*compare.ops, &*compare.comparators) else {
            return None;
        };
        let key = key_text(&compare.left)?;
        if !self.is_namespace(right) && !matches!(right, Expr::Call(call) if self.is_own_dir(call)) {
            return None;
        }
        self.load_key(right, key);
        Some(Value::atom())
    }

    fn is_own_dir(&mut self, call: &ast::ExprCall) -> bool {
        call.arguments.args.is_empty()
            && self.is_module_level()
            && self.hidden_path(&call.func).as_deref() == Some("builtins.dir")
    }

    pub(super) fn eval_namespace_call(&mut self, expr: &Expr, call: &ast::ExprCall) -> Option<Value> {
        if let Expr::Attribute(method) = call.func.as_ref() {
            if self.is_namespace(&method.value)
                && let Some(value) = self.call_namespace_method(&method.value, method.attr.as_str(), &call.arguments)
            {
                return Some(value);
            }
            if method.attr.as_str() == "get"
                && let [key, default @ ..] = &*call.arguments.args
                && let Some(key) = key_text(key)
                && let Some(frame) = self.frame_namespace(&method.value)
            {
                let mut value = self.load_frame_key(frame, key);
                for default in default {
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
        let path = self.hidden_path(&call.func)?;
        match path.as_str() {
            "builtins.getattr" | "builtins.hasattr" | "builtins.setattr" | "builtins.delattr" => {
                self.call_attribute_function(&path, &call.arguments)
            }
            // Of a function or a class body: nobody else's, but it holds what they do.
            "builtins.locals" => Some(self.all_locals()),
            "builtins.vars" if call.arguments.args.is_empty() => Some(self.all_locals()),
            "builtins.eval" | "builtins.exec" if call.arguments.args.len() < 2 || self.passes_namespace(call) => {
                self.eval(&call.func);
                self.eval_arguments(&call.arguments);
                self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
                self.run_in_class();
                Some(self.any_name(call))
            }
            "builtins.dir" if call.arguments.args.is_empty() && self.is_module_level() => {
                self.any_name(call);
                Some(Value::container([]))
            }
            _ if FRAMES.contains(&path.as_str()) => {
                self.eval(&call.func);
                self.eval_arguments(&call.arguments);
                if !self.shape.frame_namespaces {
                    return Some(Value::outside());
                }
                self.note("ATI134", call.start(), format!("`{path}` gives access to the module's namespace"));
                Some(self.any_name(call))
            }
            _ => None,
        }
    }

    /// A method of the namespace with constant keys; `None` when it may be about any name.
    fn call_namespace_method(&mut self, namespace: &Expr, name: &str, arguments: &ast::Arguments) -> Option<Value> {
        if name == "update" {
            return self.update_namespace(namespace, arguments);
        }
        let [key, rest @ ..] = &*arguments.args else { return None };
        let key = key_text(key)?;
        if !arguments.keywords.is_empty() || rest.iter().any(Expr::is_starred_expr) {
            return None;
        }
        if !matches!(
            name,
            "get" | "__getitem__" | "__contains__" | "pop" | "setdefault" | "__setitem__" | "__delitem__"
        ) {
            return None;
        }
        let mut value = if name == "__setitem__" { Value::atom() } else { self.load_key(namespace, key) };
        let rest: Vec<Value> = rest.iter().map(|argument| self.eval(argument)).collect();
        match name {
            "pop" | "__delitem__" => self.store_key(namespace, key, &Value::atom()),
            "setdefault" | "__setitem__" => self.store_key(namespace, key, &join(&rest)),
            _ => {}
        }
        value.join(&join(&rest));
        Some(value)
    }

    /// `globals().update(x=…)` and `globals().update({"x": …})`.
    fn update_namespace(&mut self, namespace: &Expr, arguments: &ast::Arguments) -> Option<Value> {
        let pairs = updated(arguments)?;
        // All values are computed before the first of them is bound.
        let pairs: Vec<(&str, Value)> = pairs.into_iter().map(|(key, value)| (key, self.eval(value))).collect();
        for (key, value) in pairs {
            self.store_key(namespace, key, &value);
        }
        Some(Value::atom())
    }

    /// `getattr(sys.modules[__name__], "x")` and its kin.
    fn call_attribute_function(&mut self, path: &str, arguments: &ast::Arguments) -> Option<Value> {
        let [module, key, rest @ ..] = &*arguments.args else { return None };
        let key = key_text(key)?;
        if !self.is_module(module) {
            return None;
        }
        match path {
            "builtins.setattr" | "builtins.delattr" => {
                let value = join(&rest.iter().map(|argument| self.eval(argument)).collect::<Vec<_>>());
                self.store_key(module, key, &value);
                if key.starts_with("__") {
                    self.sink().flags |= ANY_NAME;
                }
                Some(Value::atom())
            }
            _ => {
                let mut value = self.load_key(module, key);
                value.join(&join(&rest.iter().map(|argument| self.eval(argument)).collect::<Vec<_>>()));
                Some(value)
            }
        }
    }

    fn passes_namespace(&mut self, call: &ast::ExprCall) -> bool {
        call.arguments.args.iter().any(|argument| self.is_namespace(argument) || is_dunder_dict(argument))
    }

    /// A store through a namespace expression; true when it was one.
    pub(super) fn assign_namespace(&mut self, target: &Expr, value: &Value) -> bool {
        match target {
            Expr::Subscript(subscript) if self.is_namespace(&subscript.value) => {
                if let Some(key) = key_text(&subscript.slice) {
                    self.store_key(&subscript.value, key, value);
                } else if let Some(head) = self.told_head(&subscript.slice) {
                    self.out.heads.insert(head);
                    self.mark_outside("it binds names that it computes");
                    self.store_computed(subscript, value);
                } else {
                    self.any_name(subscript);
                    self.mark_effect();
                    self.store_computed(subscript, value);
                }
                true
            }
            Expr::Attribute(attribute) if self.is_module(&attribute.value) => {
                self.store_key(&attribute.value, attribute.attr.as_str(), value);
                if attribute.attr.as_str().starts_with("__") {
                    self.sink().flags |= ANY_NAME;
                }
                true
            }
            _ => false,
        }
    }

    /// `del globals()["x"]`, which must find the name; true when the target is in the namespace.
    pub(super) fn delete_namespace(&mut self, target: &Expr) -> bool {
        if let Expr::Subscript(subscript) = target
            && let Some(key) = key_text(&subscript.slice)
            && self.is_namespace(&subscript.value)
        {
            self.load_key(&subscript.value, key);
        }
        self.assign_namespace(target, &Value::atom())
    }

    pub(super) fn any_name(&mut self, at: &impl Ranged) -> Value {
        self.sink().flags |= ANY_NAME;
        self.note("ATI130", at.start(), "looks at the module's namespace as a whole");
        let mut namespace = Value::outside();
        namespace.flags |= value::MODULE;
        namespace
    }
}

/// The constant keys of an `update`, with their values.
pub(super) fn updated(arguments: &ast::Arguments) -> Option<Vec<(&str, &Expr)>> {
    let mut pairs = Vec::new();
    for argument in &arguments.args {
        let Expr::Dict(dict) = argument else { return None };
        for item in &dict.items {
            pairs.push((key_text(item.key.as_ref()?)?, &item.value));
        }
    }
    for keyword in &arguments.keywords {
        pairs.push((keyword.arg.as_ref()?.as_str(), &keyword.value));
    }
    Some(pairs)
}

fn is_dunder_dict(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute) if attribute.attr.as_str() == "__dict__")
}
