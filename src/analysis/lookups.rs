//! What looking up an attribute or an item does.
//!
//! ```python
//! obj.size            # may run a property; yields something that `obj` holds
//! f.__annotations__   # evaluates them, from CPython 3.14 on
//! L[0]                # yields something that `L` holds
//! list[int]           # yields a new object
//! ```
//!
//! It is separate from [`super::expressions`] because here the name or the index tells what an object may be, or run.

use super::effects::ANY_NAME;
use super::known_attributes;
use super::own_module::{is_own, is_own_name};
use super::parse::Ranged;
use super::parse::ast::{self, Expr};
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    pub(super) fn eval_attribute(&mut self, expr: &Expr, attribute: &ast::ExprAttribute) -> Value {
        if let Some(value) = self.eval_namespace_attribute(attribute) {
            return value;
        }
        let name = self.symbol(attribute.attr.as_str());
        self.sink().attributes.insert(name);
        let path = self.path(expr);
        if let Some(path) = &path {
            self.note_ambient(path, attribute.start());
        }
        self.look_into(&attribute.value);
        let base = self.eval(&attribute.value);
        if base.has(value::FOREIGN) {
            self.may_fail_to_import(expr);
        }
        if path.as_ref().is_some_and(|path| known_attributes::is_constant(path)) {
            return Value::atom();
        }
        self.snapshot(&base);
        if attribute.attr.as_str() == "__dict__" {
            self.look_inside(&attribute.value);
        }
        if attribute.attr.as_str() == "__globals__"
            || attribute.attr.as_str() == "f_globals" && base.has(value::FOREIGN)
        {
            // of a function or a frame of this module, the module's own
            return self.any_name(attribute);
        }
        if self.shape.input.version >= (3, 14) && matches!(attribute.attr.as_str(), "__annotations__" | "__annotate__")
        {
            // they are evaluated when somebody asks (PEP 649)
            self.invoke(&base);
        }
        let mut value = base.attribute();
        if path.is_some_and(|path| is_own(&path, self.shape.input.module)) {
            value.flags |= value::MODULE;
        }
        if base.has(value::MODULE) {
            // An attribute of the module that isn't spelled out: any name.
            self.sink().flags |= ANY_NAME;
        }
        if base.has(value::THIS) {
            if matches!(attribute.attr.as_str(), "__class__") {
                value.roots.extend(self.this);
            }
            if let Some(facts) = self.this.and_then(|this| self.fact(this)) {
                value.roots.join(&facts.attributes.roots);
                let held = facts.attributes.flags & (value::HOLDS_SHARED | value::SHARED);
                if held != 0 && !facts.attributes.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
                    value.flags |= value::SHARED | value::FOREIGN;
                }
            }
        }
        value
    }

    /// What the value lacks is asked for, and kept.
    pub(super) fn ask(&mut self, value: &Value) {
        if value.has(value::CALLS_BACK) {
            self.change(value, &Value::atom());
            self.invoke(value);
        }
    }

    pub(super) fn eval_subscript(&mut self, expr: &Expr, subscript: &ast::ExprSubscript) -> Value {
        if let Some(value) = self.eval_namespace_subscript(expr, subscript) {
            return value;
        }
        let typing = self.path(&subscript.value).is_some_and(|path| {
            ["typing.", "typing_extensions.", "collections.abc.", "builtins."].iter().any(|head| path.starts_with(head))
        });
        self.look_up(&subscript.value, &subscript.slice);
        let base = self.eval(&subscript.value);
        let index = self.eval(&subscript.slice);
        self.snapshot(&index);
        if typing {
            let mut alias = Value::of(value::MUTABLE | value::OPAQUE);
            alias.roots.join(&index.roots);
            return alias;
        }
        self.snapshot(&base);
        self.ask(&base);
        let mut element = base.element();
        if base.has(value::MODULE) {
            self.sink().flags |= ANY_NAME;
        }
        if base.has(value::FOREIGN | value::SHARED) && is_own_name(&subscript.slice, self.shape.input.module) {
            // of an alias of `sys.modules`
            element.flags |= value::MODULE;
        }
        if element.is_atom() && !base.is_atom() && may_slice(&subscript.slice, &index) {
            // A slice of a list of atoms is a list.
            return Value::container([]);
        }
        element
    }
}

/// The index may be a slice.
fn may_slice(expr: &Expr, index: &Value) -> bool {
    expr.is_slice_expr() || !index.is_builtin()
}
