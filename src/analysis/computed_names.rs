//! Names that a module computes, and binds through its namespace.
//!
//! Terms: the *head* of a computed name is the text that it begins with, whatever follows; a *handle* is a name that stands
//! for the module's namespace for a while: it is bound once, is used for storing items and nothing else, and is deleted.
//!
//! ```python
//! handle = globals()
//! for k, v in dis.COMPILER_FLAG_NAMES.items():
//!     handle["CO_" + v] = k             # head `CO_`: whatever it binds, it is none of the imports above it
//! del k, v, handle
//! ```
//!
//! Which question does this file answer? "Which names can this store bind, when the source doesn't tell them?" It is separate
//! from [`super::namespace`], which recognises the forms in which a namespace is looked at, because it answers from
//! the text alone.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::ast::{self, Expr, Stmt};
use super::parse::key_text;
use super::parse::visitor::{self, Visitor};
use super::prelude::is_looked_up_silently;
use super::scope::How;
use super::value::Value;
use super::walk::Walker;

impl Walker<'_, '_> {
    /// How a computed name begins that the module itself binds.
    pub(super) fn told_head(&self, key: &Expr) -> Option<String> {
        let told = self.frames.is_empty() && !self.shape.star;
        told.then(|| head(key)).flatten().map(str::to_owned)
    }

    /// Under a name that nobody knows, whoever looks it up may change the object.
    pub(super) fn store_computed(&mut self, subscript: &ast::ExprSubscript, value: &Value) {
        self.read_parts(&subscript.value);
        let key = self.eval(&subscript.slice);
        self.snapshot(&key);
        self.as_effect(false, |walker| walker.change(&Value::outside(), value));
    }

    /// The assignment makes a handle of the namespace.
    pub(super) fn makes_handle(&mut self, assign: &ast::StmtAssign) -> bool {
        let [Expr::Name(target)] = &*assign.targets else { return false };
        let makes = self.frames.is_empty() && self.shape.handles.contains(target.id.as_str());
        if makes {
            self.read_parts(&assign.value);
        }
        makes
    }
}

/// What a computed name begins with; none when nothing is known of it, or it may be a name that is looked up without anybody
/// saying so.
fn head(key: &Expr) -> Option<&str> {
    let head = beginning(key)?;
    (!head.is_empty() && !head.starts_with("__") && !is_looked_up_silently(head)).then_some(head)
}

fn beginning(key: &Expr) -> Option<&str> {
    match key {
        Expr::BinOp(sum) if sum.op == ast::Operator::Add => key_text(&sum.left).or_else(|| beginning(&sum.left)),
        Expr::BinOp(format) if format.op == ast::Operator::Mod => key_text(&format.left)?.split('%').next(),
        Expr::FString(string) => match string.value.elements().next()? {
            ast::InterpolatedStringElement::Literal(text) => Some(&*text.value),
            ast::InterpolatedStringElement::Interpolation(_) => None,
        },
        _ => None,
    }
}

/// The module's handles; `names` is what its own block binds.
pub(super) fn handles(body: &[Stmt], names: &[(&str, How)]) -> BTreeSet<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in names.iter().filter(|(_, how)| *how != How::Delete) {
        *times.entry(name).or_default() += 1;
    }
    let mut uses = Uses { candidates: BTreeSet::new(), below: 0 };
    let deleted: BTreeSet<&str> = body.iter().flat_map(deleted_names).collect();
    for stmt in body {
        if let Some(name) = made(stmt)
            && times.get(name) == Some(&1)
            && deleted.contains(name)
        {
            uses.candidates.insert(name.to_owned());
        }
    }
    if !uses.candidates.is_empty() {
        uses.visit_body(body);
    }
    uses.candidates
}

/// The name that the statement makes a handle, if nothing else is done with it.
fn made(stmt: &Stmt) -> Option<&str> {
    let Stmt::Assign(assign) = stmt else { return None };
    let ([Expr::Name(target)], Expr::Call(call)) = (&*assign.targets, assign.value.as_ref()) else { return None };
    let Expr::Name(callee) = call.func.as_ref() else { return None };
    (callee.id.as_str() == "globals" && call.arguments.is_empty()).then_some(target.id.as_str())
}

fn deleted_names(stmt: &Stmt) -> Vec<&str> {
    let Stmt::Delete(delete) = stmt else { return Vec::new() };
    delete.targets.iter().filter_map(|target| Some(target.as_name_expr()?.id.as_str())).collect()
}

/// Drops each candidate that is mentioned otherwise than as a handle.
struct Uses {
    candidates: BTreeSet<String>,
    /// Depth of functions and class bodies.
    below: usize,
}

impl Uses {
    fn drop(&mut self, name: &str) {
        self.candidates.remove(name);
    }
}

impl<'a> Visitor<'a> for Uses {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {
                self.below += 1;
                visitor::walk_stmt(self, stmt);
                self.below -= 1;
            }
            Stmt::Global(global) => global.names.iter().for_each(|name| self.drop(name)),
            Stmt::Assign(_) if self.below == 0 && made(stmt).is_some() => {}
            Stmt::Assign(assign) if self.below == 0 => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    match target {
                        Expr::Subscript(stored) if stored.value.is_name_expr() => self.visit_expr(&stored.slice),
                        _ => self.visit_expr(target),
                    }
                }
            }
            Stmt::Delete(delete) if self.below == 0 => {
                delete
                    .targets
                    .iter()
                    .filter(|target| !target.is_name_expr())
                    .for_each(|target| self.visit_expr(target));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.drop(&name.id),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;
    use crate::scope::bindings;
    use crate::settle::Settled;

    #[track_caller]
    fn check(key: &str, expected: Option<&str>) {
        let found = with_tree(key, |body| {
            let Stmt::Expr(key) = &body[0] else { panic!("{key} is no expression") };
            head(&key.value).map(str::to_owned)
        });
        assert_eq!(found, Ok(expected.map(str::to_owned)), "{key}");
    }

    #[test]
    fn heads_are_told_by_sums_and_formats() {
        check("'CO_' + v", Some("CO_"));
        check("'CO_' + v + 'x'", Some("CO_"));
        check("f'CO_{v}'", Some("CO_"));
        check("f'CO_{v}' + w", Some("CO_"));
        check("'CO_%s' % v", Some("CO_"));
        check("v + 'CO_'", None);
        check("f'{v}_CO'", None);
        check("'CO_' * v", None);
        check("'%s' % v", None);
        // `open`, `__name__`, and what an annotation or a hook would be
        check("'op' + v", None);
        check("'_' + v", None);
        check("'__at' + v", None);
    }

    #[track_caller]
    fn check_handles(source: &str, expected: &[&str]) {
        let found = with_tree(source, |body| handles(body, &bindings(body, &Settled::default()).names));
        assert_eq!(found, Ok(expected.iter().map(|name| (*name).to_owned()).collect()), "{source}");
    }

    #[test]
    fn handles_store_items_and_go() {
        check_handles("h = globals()\nfor k in ks:\n  h['A' + k] = k\ndel k, h", &["h"]);
        check_handles("h = globals()\nh['a'] = h['b'] = 1\ndel h", &["h"]);
    }

    #[test]
    fn what_is_used_otherwise_is_no_handle() {
        check_handles("h = globals()\nh['A' + k] = 1", &[]);
        check_handles("h = globals()\nif x: del h", &[]);
        check_handles("h = globals(1)\ndel h", &[]);
        check_handles("h = globals()\nh['a'] = h\ndel h", &[]);
        check_handles("h = globals()\nh['a'] += 1\ndel h", &[]);
        check_handles("h = globals()\nx = h['a']\ndel h", &[]);
        check_handles("h = globals()\ndel h['a']\ndel h", &[]);
        check_handles("h = globals()\nh = {}\ndel h", &[]);
        check_handles("h = globals()\nimport h\ndel h", &[]);
        check_handles("h = globals()\ndef f(): h['a'] = 1\ndel h", &[]);
        check_handles("h = globals()\ndef f():\n global h\ndel h", &[]);
        check_handles("h = globals()\nclass C:\n h['a'] = 1\ndel h", &[]);
        check_handles("h = globals()\nh[h] = 1\ndel h", &[]);
        check_handles("h = globals()\n(h := 1)\ndel h", &[]);
        check_handles("h = g = globals()\ndel h", &[]);
    }
}
