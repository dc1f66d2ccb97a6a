//! Which expressions stand for the module itself, and which for its namespace.
//!
//! ```python
//! globals()                         # the namespace; at module level also `locals()` and `vars()`
//! sys.modules[__name__]             # the module; `vars(…)` and `__dict__` of it are the namespace
//! import own.module as this         # so is `this`
//! ```
//!
//! It is separate from [`super::namespace`], which says what using them does, because [`super::census`] and others only ask.

use std::collections::BTreeSet;

use compact_str::{CompactString, format_compact};

use super::parse::ast::{Alias, Expr, Stmt};
use super::parse::key_text;
use super::parse::visitor::{self, Visitor};
use super::scope::bound_name;
use super::walk::{Block, Place, Walker};

impl Walker<'_, '_> {
    /// The path of an expression, if no star import has bound its name.
    pub(super) fn hidden_path(&mut self, expr: &Expr) -> Option<CompactString> {
        if let Some(path) = self.path(expr) {
            return Some(path);
        }
        if let Expr::Attribute(attribute) = expr {
            let base = self.hidden_path(&attribute.value)?;
            return Some(format_compact!("{base}.{}", attribute.attr));
        }
        let Expr::Name(name) = expr else { return None };
        let symbol = self.symbol(name.id.as_str());
        if self.place(symbol) != Place::Module {
            return None;
        }
        let text = self.symbols.text(symbol);
        let free = self.shape.standing(text) == super::shape::Standing::Free;
        if free { Some(format_compact!("builtins.{text}")) } else { self.shape.hidden_path(text) }
    }

    /// From CPython 3.12 on, comprehensions see the namespace of the module too (PEP 709).
    pub(super) fn is_module_level(&self) -> bool {
        self.frames.iter().all(|frame| frame.block == Block::Comprehension)
    }

    /// The expression is the namespace of the module.
    pub(super) fn is_namespace(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) if call.arguments.args.is_empty() && call.arguments.keywords.is_empty() => {
                match self.hidden_path(&call.func).as_deref() {
                    Some("builtins.globals") => true,
                    Some("builtins.locals" | "builtins.vars") => self.is_module_level(),
                    _ => false,
                }
            }
            Expr::Attribute(attribute) => attribute.attr.as_str() == "__dict__" && self.is_module(&attribute.value),
            Expr::Name(name) => self.is_module_level() && self.shape.handles.contains(name.id.as_str()),
            Expr::Call(call) => {
                call.arguments.args.len() == 1
                    && self.hidden_path(&call.func).as_deref() == Some("builtins.vars")
                    && self.is_module(&call.arguments.args[0])
            }
            _ => false,
        }
    }

    /// The expression is the module itself: `sys.modules[__name__]`.
    pub(super) fn is_module(&mut self, expr: &Expr) -> bool {
        let module = self.shape.input.module;
        let is_own_name = |name: &Expr| is_own_name(name, module);
        match expr {
            Expr::Name(_) | Expr::Attribute(_) => self.path(expr).as_deref() == Some(module),
            Expr::Subscript(subscript) => {
                is_own_name(&subscript.slice) && self.path(&subscript.value).as_deref() == Some("sys.modules")
            }
            Expr::Call(call) => {
                call.arguments.args.first().is_some_and(is_own_name)
                    && match self.path(&call.func).as_deref() {
                        Some("importlib.import_module" | "sys.modules.get") => true,
                        // of a submodule it is the package at the top
                        Some("builtins.__import__") => !module.contains('.'),
                        _ => false,
                    }
            }
            _ => false,
        }
    }

    /// `sys.modules[name]`: whichever that is.
    pub(super) fn may_be_this_module(&mut self, expr: &Expr) -> bool {
        let Expr::Subscript(subscript) = expr else { return false };
        key_text(&subscript.slice).is_none() && self.path(&subscript.value).as_deref() == Some("sys.modules")
    }
}

/// What may stand for the module, as far as its text tells.
pub(super) struct OwnModule<'m> {
    pub(super) module: &'m str,
    /// Names that imports bind, in any block, to the module itself or to a package around it.
    imported: BTreeSet<String>,
}

impl<'m> OwnModule<'m> {
    pub(super) fn new(body: &[Stmt], module: &'m str) -> Self {
        let mut own = Self { module, imported: BTreeSet::new() };
        own.visit_body(body);
        own
    }

    /// `sys.modules[__name__]` in any form; which expression it is, only a walker can tell.
    pub(super) fn may_be(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Name(name) => self.imported.contains(name.id.as_str()),
            Expr::Attribute(inner) if inner.value.is_name_expr() || inner.value.is_attribute_expr() => {
                self.may_be(&inner.value)
            }
            Expr::Subscript(subscript) => is_own_name(&subscript.slice, self.module),
            Expr::Call(call) => call.arguments.args.first().is_some_and(|name| is_own_name(name, self.module)),
            _ => false,
        }
    }
}

impl<'a> Visitor<'a> for OwnModule<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let bound = bound_name(stmt, alias);
                    let imported = if alias.asname.is_some() { alias.name.as_str() } else { bound };
                    if is_around(imported, self.module) {
                        self.imported.insert(bound.to_owned());
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                // whichever package it is of
                let own = self.module.split('.');
                let is_own = |alias: &&Alias| own.clone().any(|part| part == alias.name.as_str());
                self.imported
                    .extend(import.names.iter().filter(is_own).map(|alias| bound_name(stmt, alias).to_owned()));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// What has that path is the module itself, or hands out its namespace.
pub(super) fn is_own(path: &str, module: &str) -> bool {
    path == module || gives_namespace(path)
}

/// The module is `own`, or a package around it.
pub(super) fn is_around(module: &str, own: &str) -> bool {
    own.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A function that hands out a namespace, or runs code in one: that of whoever calls it.
pub(super) fn gives_namespace(path: &str) -> bool {
    matches!(path, "builtins.globals" | "builtins.locals" | "builtins.vars" | "builtins.eval" | "builtins.exec")
}

/// The expression is the name of the module that it stands in.
pub(super) fn is_own_name(expr: &Expr, module: &str) -> bool {
    match expr {
        Expr::Name(name) => name.id.as_str() == "__name__",
        _ => key_text(expr) == Some(module),
    }
}
