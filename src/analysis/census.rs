//! What any block of a module mentions, however deep it is nested.
//!
//! Terms: a *census* looks at every block once, in no order; what it finds is true of the text and says nothing about when,
//! or whether, that code runs. Which question does this file answer? "Does any code of this module do such a thing at all?"
//!
//! ```python
//! def f():
//!     global count            # `count` may be bound by a call
//!     globals()["x"] = []     # so may `x`, and whoever looks `globals` up sees everything pending
//!     try: import fast        # `fast` is a checked target
//!     except ImportError: ...
//! ```
//!
//! It is separate from [`super::shape`], which puts what the module's own block binds and this together.

use std::collections::BTreeSet;

use super::Input;
use super::guards::Guard;
use super::imports::{absolute, submodule};
use super::namespace::updated;
use super::own_module::OwnModule;
use super::parse::ast::{self, Expr, ExprContext, Stmt};
use super::parse::key_text;
use super::parse::visitor::{self, Visitor};
use super::settle::Settled;

/// Looks at every block of the module once.
pub(super) struct Census<'i, 's> {
    input: &'i Input<'i>,
    settled: &'s Settled,
    below: usize,
    guard: Guard,
    classes: Vec<String>,
    pub(super) globals: BTreeSet<String>,
    pub(super) namespace_readers: bool,
    /// It mentions what shows the namespace of a frame.
    pub(super) frame_namespaces: bool,
    pub(super) asks_subclasses: bool,
    /// It looks up modules, of which one may be itself.
    pub(super) module_readers: bool,
    /// Names that some block binds or deletes through the namespace, by a constant key.
    pub(super) stored: BTreeSet<String>,
    /// Names that some block may delete behind the back of the module's own statements.
    pub(super) removed: BTreeSet<String>,
    pub(super) guarded: BTreeSet<String>,
    pub(super) checked: BTreeSet<String>,
    pub(super) submodules: BTreeSet<String>,
    /// Modules that are imported, or from which something is.
    pub(super) imported: BTreeSet<String>,
    own: OwnModule<'i>,
}

impl<'i, 's> Census<'i, 's> {
    /// Looks at all of the module.
    pub(super) fn of(body: &[Stmt], input: &'i Input<'i>, settled: &'s Settled) -> Self {
        let mut census = Self {
            input,
            settled,
            below: 0,
            guard: Guard::None,
            classes: Vec::new(),
            globals: BTreeSet::new(),
            namespace_readers: false,
            frame_namespaces: false,
            asks_subclasses: false,
            module_readers: false,
            stored: BTreeSet::new(),
            removed: BTreeSet::new(),
            guarded: BTreeSet::new(),
            checked: BTreeSet::new(),
            submodules: BTreeSet::new(),
            imported: BTreeSet::new(),
            own: OwnModule::new(body, input.module),
        };
        census.visit_body(body);
        census
    }
}

impl Census<'_, '_> {
    /// The statement's imports are guarded, wherever it stands.
    pub(super) fn guarded_statement(&mut self, stmt: &Stmt) {
        let around = std::mem::replace(&mut self.guard, Guard::Guarded);
        self.visit_stmt(stmt);
        self.guard = around;
    }

    /// A module is imported inside of what the census is inside of.
    fn guard(&mut self, module: String) {
        match self.guard {
            Guard::None => false,
            Guard::Checked => self.checked.insert(module),
            Guard::Guarded => self.guarded.insert(module),
        };
    }
}

impl<'a> Visitor<'a> for Census<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) => {
                self.below += 1;
                let around = std::mem::take(&mut self.guard);
                visitor::walk_stmt(self, stmt);
                self.guard = around;
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
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    match target {
                        // In a function it is a local, unless it is declared `global`.
                        Expr::Name(name) if self.below > 0 => {
                            let class = self.classes.last().map(String::as_str);
                            self.removed.insert(super::names::mangle(class, &name.id));
                        }
                        _ => self.removed.extend(stored_key(&self.own, target).map(str::to_owned)),
                    }
                }
                visitor::walk_stmt(self, stmt);
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
                let around = self.guard;
                self.guard = around.max(Guard::of_try(attempt));
                self.visit_body(&attempt.body);
                self.guard = around;
                for handler in &attempt.handlers {
                    self.visit_except_handler(handler);
                }
                self.visit_body(&attempt.orelse);
                self.visit_body(&attempt.finalbody);
            }
            Stmt::With(with) => {
                let around = self.guard;
                self.guard = around.max(Guard::of_with(with));
                visitor::walk_stmt(self, stmt);
                self.guard = around;
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.submodules.extend(submodule(self.input, &alias.name).map(str::to_owned));
                }
                import.names.iter().for_each(|alias| self.guard(alias.name.to_string()));
                self.imported.extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ast::Identifier::as_str);
                if let Some(module) = absolute(self.input, import.level, module) {
                    self.submodules.extend(submodule(self.input, &module).map(str::to_owned));
                    for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                        // What is imported may be a module as well; naming one that isn't does no harm.
                        self.guard(format!("{module}.{}", alias.name));
                    }
                    self.imported.insert(module.clone());
                    self.guard(module);
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.module_readers |= is_some_module(expr);
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
            Expr::StringLiteral(text) => self.frame_namespaces |= super::frames::shows_namespace(text.value.to_str()),
            Expr::Attribute(attribute) => {
                self.frame_namespaces |= super::frames::shows_namespace(attribute.attr.as_str());
                self.asks_subclasses |= attribute.attr.as_str() == "__subclasses__";
                if attribute.ctx != ExprContext::Load {
                    self.stored.extend(stored_key(&self.own, expr).map(str::to_owned));
                }
                // A dict taken from somewhere else may be this module's.
                self.namespace_readers |= match attribute.attr.as_str() {
                    "__globals__" | "f_globals" => true,
                    "__dict__" => is_some_module(&attribute.value),
                    _ => false,
                };
                visitor::walk_expr(self, expr);
            }
            Expr::Call(call) => {
                let is_vars = matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == "vars");
                self.namespace_readers |= is_vars && call.arguments.args.first().is_some_and(is_some_module);
                let (stored, removed) = called_keys(&self.own, call);
                self.stored.extend(stored.iter().chain(&removed).map(|name| (*name).to_owned()));
                self.removed.extend(removed.into_iter().map(str::to_owned));
                visitor::walk_expr(self, expr);
            }
            Expr::Subscript(subscript) => {
                if subscript.ctx != ExprContext::Load {
                    self.stored.extend(stored_key(&self.own, expr).map(str::to_owned));
                }
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The expression may be the module's namespace; which it is, only a walker can tell.
fn may_be_namespace(own: &OwnModule<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Name(name) => matches!(name.id.as_str(), "globals" | "locals" | "vars"),
            Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "globals" | "locals" | "vars"),
            _ => false,
        },
        Expr::Attribute(attribute) => attribute.attr.as_str() == "__dict__" && own.may_be(&attribute.value),
        _ => false,
    }
}

/// `sys.modules[…]`, or a module that was just imported: possibly this one.
fn is_some_module(expr: &Expr) -> bool {
    let named = |expr: &Expr, wanted: &[&str]| match expr {
        Expr::Name(name) => wanted.contains(&name.id.as_str()),
        Expr::Attribute(attribute) => wanted.contains(&attribute.attr.as_str()),
        _ => false,
    };
    match expr {
        Expr::Subscript(subscript) => named(&subscript.value, &["modules"]),
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Attribute(method) if named(&method.value, &["modules"]) => true,
            callee => named(callee, &["__import__", "import_module"]),
        },
        _ => false,
    }
}

/// The name that storing into the target may bind.
fn stored_key<'e>(own: &OwnModule<'_>, target: &'e Expr) -> Option<&'e str> {
    match target {
        Expr::Subscript(subscript) if may_be_namespace(own, &subscript.value) => key_text(&subscript.slice),
        Expr::Attribute(attribute) if own.may_be(&attribute.value) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The names that a call may bind, and those that it may delete.
fn called_keys<'e>(own: &OwnModule<'_>, call: &'e ast::ExprCall) -> (Vec<&'e str>, Vec<&'e str>) {
    let arguments = &call.arguments;
    let key = |position: usize| arguments.args.get(position).and_then(key_text).into_iter().collect();
    match call.func.as_ref() {
        Expr::Attribute(method) if may_be_namespace(own, &method.value) => match method.attr.as_str() {
            "setdefault" | "__setitem__" => (key(0), Vec::new()),
            "pop" | "__delitem__" => (Vec::new(), key(0)),
            "update" => {
                let pairs = updated(arguments).unwrap_or_default();
                (pairs.into_iter().map(|(key, _)| key).collect(), Vec::new())
            }
            _ => (Vec::new(), Vec::new()),
        },
        Expr::Name(name) if arguments.args.first().is_some_and(|object| own.may_be(object)) => match name.id.as_str() {
            "setattr" => (key(1), Vec::new()),
            "delattr" => (Vec::new(), key(1)),
            _ => (Vec::new(), Vec::new()),
        },
        _ => (Vec::new(), Vec::new()),
    }
}
