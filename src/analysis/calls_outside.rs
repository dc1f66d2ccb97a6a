//! What calling code outside the module does.
//!
//! Terms: a callable is *vouched for* when it is known to import nothing ([`known_imports`](super::known_imports)), whatever else
//! it does.
//!
//! ```python
//! x = other.make(L)            # may change and keep L, run what L leads to, import, and raise an ImportError
//! y = logging.getLogger(L)     # the same, but for the ImportError
//! ```
//!
//! It is separate from [`super::calls`], which finds out who is called, because here nothing is known of the callee.

use super::effects::{CALLS_OUTSIDE, MAY_FAIL_TO_IMPORT};
use super::expressions::join;
use super::known::{self, Gives};
use super::names::Symbol;
use super::outcome::Facts;
use super::parse::ast::Expr;
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    /// What a call gives if no star import has hidden the callee: if one has, somebody else's object may be anything.
    pub(super) fn hidden_kind(&mut self, callee: &Expr) -> u32 {
        let hidden = self.hidden_path(callee).and_then(|path| known::callable(&path));
        match hidden.map(|known| known.gives) {
            Some(Gives::Container | Gives::Object) => value::OWN,
            Some(Gives::Defaults) => value::OWN | value::CALLS_BACK,
            _ => 0,
        }
    }

    /// Calls something of which nothing is known.
    pub(super) fn call_unknown(&mut self, function: &Value, arguments: &[Value]) -> Value {
        if function.has(value::FOREIGN) || function.has(value::SHARED) {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
        }
        self.call_whatever(function, arguments)
    }

    /// Calls something from outside that is known to import nothing.
    pub(super) fn call_vouched(&mut self, function: &Value, arguments: &[Value]) -> Value {
        self.sink().flags |= CALLS_OUTSIDE;
        if arguments.iter().any(|argument| argument.has(value::FOREIGN)) {
            // It may call that.
            self.sink().flags |= MAY_FAIL_TO_IMPORT;
        }
        self.call_whatever(function, arguments)
    }

    /// What is called may be a class method that was taken out of its class, and store an attribute of that.
    fn put_into_classes(&mut self, function: &Value) {
        let mut classes = SymbolSet::new();
        for root in &function.roots {
            let Some(facts) = self.fact(root) else { continue };
            if facts.is_class() && function.has(value::TAKEN) {
                classes.insert(root);
            } else if facts.value.has(value::TAKEN) {
                let is_class = |symbol: &Symbol| self.fact(*symbol).is_some_and(Facts::is_class);
                classes.extend(facts.value.roots.iter().filter(is_class));
            }
        }
        self.sink().puts.join(&classes);
    }

    fn call_whatever(&mut self, function: &Value, arguments: &[Value]) -> Value {
        let all = join(arguments);
        // The callee is an object like any other: it may keep what it gets, and change itself.
        let mut itself = function.clone();
        itself.flags &= !value::SHARED;
        self.change(&itself, &all);
        self.put_into_classes(function);
        self.keep(&function.roots, &all);
        self.keep(&all.roots, &all);
        self.invoke(function);
        for argument in arguments {
            self.expose(argument);
        }
        let mut value = all;
        value.join(function);
        value = Value::computed([&value]);
        value.flags |= value::MUTABLE
            | value::INNER
            | value::OPAQUE
            | value::ITERATOR
            | value::STATEFUL
            | value::SHARED
            | value::HOLDS_SHARED
            | value::FOREIGN
            | value::TAKEN;
        value.flags &= !(value::MADE_HERE | value::OWN | value::HOLDS_OWN);
        value
    }
}
