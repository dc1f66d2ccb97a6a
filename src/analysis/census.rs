//! What any block of a module mentions, however deep it is nested.
//!
//! Terms: a *census* looks at every block once, in no order; what it finds is true of the text and says nothing about when,
//! or whether, that code runs. Which question does this file answer? "Does any code of this module do such a thing at all?"
//!
//! ```python
//! def f():
//!     global count            # `count` may be bound by a call
//!     globals()["x"] = []     # so may `x`, and whoever looks `globals` up sees everything pending
//!     try: import fast        # `fast` is a guarded target
//!     except ImportError: ...
//! ```
//!
//! It is separate from [`super::shape`], which puts what the module's own block binds and this together.

use std::collections::BTreeSet;

use super::Input;
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::settle::Settled;
use super::shape::{absolute, submodule};

/// Looks at every block of the module once.
pub(super) struct Census<'i, 's> {
    input: &'i Input<'i>,
    settled: &'s Settled,
    below: usize,
    guards: usize,
    classes: Vec<String>,
    pub(super) globals: BTreeSet<String>,
    pub(super) namespace_readers: bool,
    pub(super) asks_subclasses: bool,
    pub(super) guarded: BTreeSet<String>,
    pub(super) submodules: BTreeSet<String>,
}

impl<'i, 's> Census<'i, 's> {
    pub(super) fn new(input: &'i Input<'i>, settled: &'s Settled) -> Self {
        Self {
            input,
            settled,
            below: 0,
            guards: 0,
            classes: Vec::new(),
            globals: BTreeSet::new(),
            namespace_readers: false,
            asks_subclasses: false,
            guarded: BTreeSet::new(),
            submodules: BTreeSet::new(),
        }
    }
}

impl<'a> Visitor<'a> for Census<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) => {
                self.below += 1;
                let guards = std::mem::take(&mut self.guards);
                visitor::walk_stmt(self, stmt);
                self.guards = guards;
                self.below -= 1;
            }
            Stmt::ClassDef(class) => {
                self.below += 1;
                self.classes.push(class.name.to_string());
                visitor::walk_stmt(self, stmt);
                self.classes.pop();
                self.below -= 1;
            }
            Stmt::Global(global) if self.below > 0 => {
                let class = self.classes.last().cloned();
                for name in &global.names {
                    self.globals.insert(super::names::mangle(class.as_deref(), name));
                }
            }
            Stmt::If(branch) => {
                self.visit_expr(&branch.test);
                for live in self.settled.branches(branch) {
                    if let Some(test) = live.test {
                        self.visit_expr(test);
                    }
                    self.visit_body(live.body);
                }
            }
            Stmt::Try(attempt) => {
                let guard = usize::from(!attempt.handlers.is_empty());
                self.guards += guard;
                self.visit_body(&attempt.body);
                self.guards -= guard;
                for handler in &attempt.handlers {
                    self.visit_except_handler(handler);
                }
                self.visit_body(&attempt.orelse);
                self.visit_body(&attempt.finalbody);
            }
            Stmt::With(with) => {
                let guard = usize::from(with.items.iter().any(|item| is_suppress(&item.context_expr)));
                self.guards += guard;
                visitor::walk_stmt(self, stmt);
                self.guards -= guard;
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.submodules.extend(submodule(self.input, &alias.name).map(str::to_owned));
                }
                if self.guards == 0 {
                    return;
                }
                self.guarded.extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ast::Identifier::as_str);
                if let Some(module) = absolute(self.input, import.level, module) {
                    self.submodules.extend(submodule(self.input, &module).map(str::to_owned));
                    if self.guards == 0 {
                        return;
                    }
                    for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                        // What is imported may be a module as well; naming one that isn't does no harm.
                        self.guarded.insert(format!("{module}.{}", alias.name));
                    }
                    self.guarded.insert(module);
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => {
                self.below += 1;
                visitor::walk_expr(self, expr);
                self.below -= 1;
            }
            Expr::Name(name) => {
                // at module level, what `locals` and `vars` return is the namespace too
                let readers: &[&str] = if self.below > 0 {
                    &["globals", "eval", "exec"]
                } else {
                    &["globals", "eval", "exec", "locals", "vars"]
                };
                self.namespace_readers |= readers.contains(&name.id.as_str());
            }
            Expr::Attribute(attribute) => {
                self.asks_subclasses |= attribute.attr.as_str() == "__subclasses__";
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// `suppress(…)`, whatever it was imported as part of: a `try` in another form.
pub(super) fn is_suppress(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Name(name) => name.id.as_str() == "suppress",
            Expr::Attribute(attribute) => attribute.attr.as_str() == "suppress",
            _ => false,
        },
        _ => false,
    }
}
