//! Decorators: what applying them does to what they decorate.
//!
//! Terms: a decorator is *plain* when it is known to hand back the function, or a harmless wrapper of it.
//!
//! ```python
//! @lru_cache(maxsize=None)     # plain: `f` is a function like any other
//! @register                    # of this module: does to `f` what its body does to its argument
//! @app.route("/")              # a method of something: may change app, and keep `f`
//! def f(): ...
//! ```
//!
//! It is separate because functions and classes are decorated alike.

use super::expressions::join;
use super::known;
use super::names::Symbol;
use super::outcome::REPLACED;
use super::parse::ast::{self, Expr};
use super::parse::{Ranged, called};
use super::value::{self, Value};
use super::walk::{Block, Walker};

impl Walker<'_, '_> {
    pub(super) fn eval_decorators(&mut self, decorators: &[ast::Decorator]) -> Vec<Value> {
        decorators
            .iter()
            .map(|decorator| {
                if self.is_plain(&decorator.expression)
                    && let Expr::Call(call) = &decorator.expression
                {
                    // `@lru_cache(maxsize=None)`: nothing but the arguments is evaluated that could matter.
                    self.eval(&call.func);
                    let arguments = self.eval_arguments(&call.arguments);
                    let wraps = self.path(&call.func).as_deref() == Some("functools.wraps");
                    return if wraps { join(&arguments) } else { Value::atom() };
                }
                self.eval(&decorator.expression)
            })
            .collect()
    }

    pub(super) fn is_plain(&mut self, decorator: &Expr) -> bool {
        let callee = called(decorator);
        if let Expr::Attribute(attribute) = callee
            && let Expr::Name(property) = attribute.value.as_ref()
            && matches!(attribute.attr.as_str(), "setter" | "getter" | "deleter")
        {
            // `@name.setter` on a property of the class being defined: yields another property.
            let symbol = self.symbol(property.id.as_str());
            return matches!(self.place(symbol), super::walk::Place::Local(_))
                && self.frames.last().is_some_and(|frame| frame.block == Block::Class);
        }
        self.path(callee).is_some_and(|path| known::is_plain_decorator(&path))
    }

    /// Whether the function that is being made keeps its results: calling it changes the name that it will stand under.
    ///
    /// ```python
    /// @functools.cache
    /// def f(): return n
    /// if f(): n = 3         # from now on `f()` is what `n` was before
    /// ```
    pub(super) fn remembers(&mut self, decorators: &[ast::Decorator]) -> bool {
        self.runs_now()
            && decorators
                .iter()
                .any(|decorator| self.path(called(&decorator.expression)).is_some_and(|path| known::remembers(&path)))
    }

    /// The function that has been walked, or the method of a class, does.
    pub(super) fn remember(&mut self, owner: Symbol, is_method: bool) {
        let made = &mut self.out.made;
        made.code.changes.insert(owner);
        if !is_method {
            made.call.changes.insert(owner);
        }
        if !made.returns.is_atom() {
            made.returns.roots.insert(owner);
            made.returns.flags |= value::STATEFUL;
        }
    }

    /// Whether looking a decorated method up may run its code, and whether storing to its name may.
    pub(super) fn runs_on(&mut self, decorators: &[ast::Decorator]) -> (bool, bool) {
        let (mut access, mut store) = (false, false);
        for decorator in decorators {
            let callee = called(&decorator.expression);
            match callee {
                Expr::Attribute(attribute) if self.is_plain(&decorator.expression) && self.path(callee).is_none() => {
                    // `@name.setter`
                    access |= attribute.attr.as_str() == "getter";
                    store |= attribute.attr.as_str() != "getter";
                }
                _ => match self.path(callee) {
                    Some(path) if known::only_runs_when_called(&path) => {}
                    Some(path) if known::is_plain_decorator(&path) => access = true,
                    _ => (access, store) = (true, true),
                },
            }
        }
        (access, store)
    }

    /// What a definition yields after its decorators have been applied, innermost first.
    pub(super) fn decorate(&mut self, decorators: &[ast::Decorator], values: &[Value], mut value: Value) -> Value {
        for (decorator, function) in decorators.iter().zip(values).rev() {
            if self.is_plain(&decorator.expression) {
                if decorator.expression.is_call_expr() {
                    // What `functools.wraps` is given is an attribute of the function, and so is all that was stored there.
                    value.hold(function);
                    value.flags |= function.flags & value::STATEFUL;
                }
                continue;
            }
            if let Some(path) = self.path(&decorator.expression)
                && path.ends_with("global_enum")
            {
                // `enum.global_enum` puts the members into the module.
                self.sink().flags |= super::effects::ANY_NAME;
            }
            let local = self.callee(&decorator.expression);
            if self.runs_now() {
                self.out.annotations_may_be_read = true;
            }
            if let Some(symbol) = local {
                value = self.call_decorator(symbol, function, &value);
            } else if function.roots.is_empty() && !function.has(value::MADE_HERE) {
                // A decorator from outside: by the promise, only this definition is affected.
                self.may_fail_to_import(called(&decorator.expression));
                if self.runs_now() {
                    self.note(
                        "ATI101",
                        decorator.start(),
                        "is decorated by code outside the module, which may register it",
                    );
                }
                value.flags |= value::STATEFUL | value::FOREIGN | value::SHARED | value::HOLDS_SHARED | value::INNER;
            } else {
                value = self.call_unknown(function, std::slice::from_ref(&value));
                if self.runs_now() && self.frames.is_empty() {
                    self.out.made.traits |= REPLACED;
                }
            }
        }
        value
    }

    /// Applies a decorator of this module.
    fn call_decorator(&mut self, symbol: Symbol, function: &Value, value: &Value) -> Value {
        let unchanged =
            self.fact(symbol).is_some_and(|facts| !facts.may_be_class() && facts.returns == Value::argument());
        let result = self.call_local(symbol, function, std::slice::from_ref(value));
        if unchanged {
            return value.clone();
        }
        if self.runs_now() && self.frames.is_empty() {
            self.out.made.traits |= REPLACED;
        }
        result
    }
}
