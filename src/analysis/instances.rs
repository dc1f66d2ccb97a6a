//! Instances of the module's classes: what making one gives, and what using one runs.
//!
//! Terms: a class *shares instances* when calling it may give one that somebody has.
//!
//! ```python
//! class Point:
//!     def __new__(cls):             # gives a new instance each time
//!         point = super().__new__(cls)
//!         return point
//! class Settings:
//!     def __new__(cls): return cls.only    # shares them
//! full = len(Point()) > 0           # using one runs its special methods, whether a name holds it or not
//! ```
//!
//! It is separate from [`super::classes`], which is about defining classes, and from [`super::calls`], which is about the code
//! that making an instance runs.

use std::collections::BTreeSet;

use super::effects::{
    ANY_NAME, CALLS_OUTSIDE, CHANGES_ARGUMENT, CHANGES_INSIDE_THIS, CHANGES_OUTSIDE, CONSUMES_ARGUMENT, IMPORTS,
    INVOKES_ARGUMENT, LISTS_MODULES, MAY_FAIL_TO_IMPORT, PUTS_INTO_ARGUMENT, READS_AMBIENT, THREAD_BOUND,
};
use super::names::Symbol;
use super::outcome::{Facts, ITERATES, SHARES_INSTANCES, WORKS_AS_CLASS};
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::value::{self, Value};
use super::walk::Walker;

/// What code does beyond the names that it mentions, its arguments and `self`.
const OUTSIDE: u16 = ANY_NAME
    | CALLS_OUTSIDE
    | CHANGES_OUTSIDE
    | IMPORTS
    | LISTS_MODULES
    | MAY_FAIL_TO_IMPORT
    | READS_AMBIENT
    | THREAD_BOUND;

impl Walker<'_, '_> {
    /// A new instance of a local class.
    pub(super) fn instance(&mut self, symbol: Symbol, function: &Value, arguments: &[Value]) -> Value {
        let mut value = Value::container(arguments);
        value.roots.insert(symbol);
        value.roots.join(&function.roots);
        value.flags |= value::MUTABLE | value::OPAQUE | value::STATEFUL | value::INNER | value::INSTANCE;
        if let Some(facts) = self.fact(symbol) {
            value.flags |= facts.value.flags & value::FOREIGN;
            value.flags |= facts.attributes.flags & (value::HOLDS_SHARED | value::HOLDS_OWN);
            if facts.attributes.has(value::OWN) {
                value.flags |= value::HOLDS_OWN;
            }
            value.roots.join(&facts.attributes.roots);
            if facts.has(SHARES_INSTANCES) {
                value.flags |= value::TAKEN;
            }
            if facts.has(ITERATES) || facts.value.has(value::FOREIGN) {
                value.flags |= value::ITERATOR;
            }
        }
        value
    }

    /// The object is used. When it may be an instance of a class of this module, or hold one, special methods run; of an object
    /// that a name holds, reading the name says so.
    ///
    /// ```python
    /// full = bool(Shelf())       # runs `Shelf.__len__`
    /// same = [Shelf()] == [3]    # runs `Shelf.__eq__`
    /// ```
    pub(super) fn use_instance(&mut self, value: &Value) {
        if !value.has(value::INSTANCE | value::HOLDS_INSTANCE) {
            return;
        }
        let classes = self.classes;
        self.sink().uses.insert_from(&value.roots, Some(classes));
    }

    /// The members of an enumeration are made, and looked at, when its class is complete. Where nobody could reach the class
    /// before, they hold nothing but what the class body says.
    ///
    /// ```python
    /// class Colour(Enum):
    ///     RED = 1                            # runs __init__
    ///     def __init__(self, value): ...
    /// ```
    pub(super) fn make_members(&mut self, class: Symbol, body: &Value) {
        self.out.made.traits |= WORKS_AS_CLASS;
        let mut values = body.element();
        values.roots.remove(class);
        self.snapshot(&values);
        let mut code = self.out.made.constructor.clone();
        code.join(&self.out.made.implicit);
        if code.weight() == 0 {
            return;
        }
        if code.has(CHANGES_ARGUMENT | CHANGES_INSIDE_THIS | PUTS_INTO_ARGUMENT | CONSUMES_ARGUMENT) {
            self.change(&values, &Value::atom());
        }
        if code.has(INVOKES_ARGUMENT) {
            self.invoke(&values);
        }
        let is_new = self.doubts == 0 && self.shape.is_bound_once(self.symbols.text(class));
        let has_bases = values.roots.iter().any(|root| self.fact(root).is_some_and(Facts::may_be_class));
        if !is_new || has_bases {
            let sink = self.sink();
            sink.calls.insert(class);
            sink.uses.insert(class);
            return;
        }
        code.join_mentioned(|code, attribute| {
            if let Some(method) = self.out.methods.get(&attribute) {
                code.join(method);
            }
        });
        code.doubt();
        code.flags &= OUTSIDE;
        for own in code.sets_mut() {
            own.remove(class);
        }
        self.sink().join(&code);
    }
}

/// The `__new__` of a class body may give an instance that somebody has: it returns something else than what another
/// `__new__` has just made.
pub(super) fn shares_instances(body: &[Stmt]) -> bool {
    let defined = body.iter().rev().find_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if def.name.as_str() == "__new__" => Some(def),
        _ => None,
    });
    let Some(def) = defined else { return true };
    let mut given = Given::default();
    given.others.extend(def.parameters.iter().map(|parameter| parameter.name().as_str()));
    given.visit_body(&def.body);
    given.unknown || !given.others.is_disjoint(&given.returned)
}

/// What a `__new__` returns.
#[derive(Default)]
struct Given<'a> {
    returned: BTreeSet<&'a str>,
    /// Names that are bound to something else than a new instance.
    others: BTreeSet<&'a str>,
    /// It returns something else than a new instance or a name.
    unknown: bool,
}

/// `super().__new__(cls)`
fn makes_new(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call)
        if matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "__new__"))
}

impl<'a> Visitor<'a> for Given<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Return(ast::StmtReturn { value: Some(value), .. }) => match &**value {
                Expr::Name(name) => {
                    self.returned.insert(name.id.as_str());
                }
                value => self.unknown |= !makes_new(value),
            },
            Stmt::Assign(assign) if makes_new(&assign.value) => {}
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => self.unknown = true,
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && !name.ctx.is_load()
        {
            self.others.insert(name.id.as_str());
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;

    fn check(body: &str, expected: bool) {
        let indented: String = body.lines().map(|line| format!("        {line}\n")).collect();
        let source = format!("class C:\n    def __new__(cls, old):\n{indented}");
        let shares = with_tree(&source, |body| match &body[0] {
            Stmt::ClassDef(def) => shares_instances(&def.body),
            _ => unreachable!("the source is a class"),
        });
        assert_eq!(shares.expect("it parses"), expected, "{source}");
    }

    #[test]
    fn what_a_new_method_returns() {
        check("return super().__new__(cls)", false);
        check("it = object.__new__(cls)\nit.x = 1\nreturn it", false);
        check("return old", true);
        check("return cls.only", true);
        check("it = object.__new__(cls)\nif old: it = old\nreturn it", true);
        check("for it in old: pass\nreturn it", true);
        check("it = KNOWN.setdefault(old, object.__new__(cls))\nreturn it", true);
    }
}
