//! Which names a block of code binds.
//!
//! Terms: a *block* is what CPython's `symtable.c` calls so: a module, a function, a class; a *binding* is a place where a
//! block stores, imports, defines or deletes a name. Which question does this file answer? "Is this name local to that
//! block, and by which kinds of statement is it bound?"
//!
//! ```python
//! for i, x in enumerate(y):          # binds i, x
//!     if (n := len(x)) > 1:          # binds n
//!         z = [w for w in x]         # binds z; w belongs to the comprehension
//! ```
//!
//! It is separate from the walker because the whole block must be known before its first statement is walked: a name that
//! is stored anywhere in a function is local everywhere in it.

use super::parse::ast::{self, Expr, ExprContext, Pattern, Stmt};
use super::parse::visitor::{self, Visitor};
use super::settle::Settled;

/// How a name is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By an import; the dotted absolute name of what it stands for, where that is known.
    Import(Option<String>),
    Function,
    Class,
    /// By an assignment of `None`, or of a literal truth value.
    Literal(Option<bool>),
    Value,
    Delete,
}

/// All bindings of one block, in source order.
#[derive(Default, Debug)]
pub(super) struct Bindings<'a> {
    pub(super) names: Vec<(&'a str, How)>,
    /// Names that the block declares `global`.
    pub(super) globals: Vec<&'a str>,
    /// Names that the block declares `nonlocal`.
    pub(super) nonlocals: Vec<&'a str>,
    /// The block contains `from … import *`: so many of the names stand before the last one, which may bind them again.
    pub(super) star: Option<usize>,
    /// The block contains `yield`.
    pub(super) yields: bool,
}

/// Collects the bindings of a block; branches that are statically dead bind nothing.
pub(super) fn bindings<'a>(body: &'a [Stmt], settled: &Settled) -> Bindings<'a> {
    let mut collector = Collector { found: Bindings::default(), settled };
    collector.visit_body(body);
    collector.found
}

/// Names that an expression binds in its own block by walrus.
pub(super) fn walruses<'a>(expr: &'a Expr, settled: &Settled) -> Bindings<'a> {
    let mut collector = Collector { found: Bindings::default(), settled };
    collector.visit_expr(expr);
    collector.found
}

/// Hands `each` every statement that runs with a block, also those inside others; of functions and classes only the
/// definition.
pub(super) fn own_statements<'a>(body: &'a [Stmt], each: &mut dyn FnMut(&'a Stmt)) {
    struct Own<'e, 'a>(&'e mut dyn FnMut(&'a Stmt));

    impl<'a> Visitor<'a> for Own<'_, 'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            (self.0)(stmt);
            if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
                visitor::walk_stmt(self, stmt);
            }
        }

        fn visit_expr(&mut self, _: &'a Expr) {}
    }

    Own(each).visit_body(body);
}

/// The name to which an import statement binds what it imports.
pub(super) fn bound_name<'a>(stmt: &Stmt, alias: &'a ast::Alias) -> &'a str {
    let name = alias.name.as_str();
    match &alias.asname {
        Some(asname) => asname,
        None if stmt.is_import_stmt() => name.split('.').next().unwrap_or(name),
        None => name,
    }
}

struct Collector<'a, 's> {
    found: Bindings<'a>,
    settled: &'s Settled,
}

impl<'a> Collector<'a, '_> {
    fn bind(&mut self, name: &'a str, how: How) {
        self.found.names.push((name, how));
    }

    fn defaults(&mut self, parameters: &'a ast::Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }
}

impl<'a> Visitor<'a> for Collector<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.defaults(&def.parameters);
                self.bind(&def.name, How::Function);
            }
            Stmt::ClassDef(def) => {
                for decorator in &def.decorator_list {
                    self.visit_decorator(decorator);
                }
                if let Some(arguments) = &def.arguments {
                    self.visit_arguments(arguments);
                }
                self.bind(&def.name, How::Class);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = bound_name(stmt, alias);
                    let path = if alias.asname.is_some() { alias.name.as_str() } else { name };
                    self.bind(name, How::Import(Some(path.to_owned())));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.found.star = Some(self.found.names.len());
                        continue;
                    }
                    let path = match &import.module {
                        Some(module) if import.level == 0 => Some(format!("{module}.{}", alias.name)),
                        _ => None,
                    };
                    self.bind(bound_name(stmt, alias), How::Import(path));
                }
            }
            Stmt::Global(global) => self.found.globals.extend(global.names.iter().map(ast::Identifier::as_str)),
            Stmt::Nonlocal(nonlocal) => {
                self.found.nonlocals.extend(nonlocal.names.iter().map(ast::Identifier::as_str));
            }
            Stmt::If(branch) => {
                self.visit_expr(&branch.test);
                for body in self.settled.branches(branch) {
                    if let Some(test) = body.test {
                        self.visit_expr(test);
                    }
                    self.visit_body(body.body);
                }
            }
            Stmt::Assign(assign) => match (assign.targets.as_slice(), assign.value.as_ref()) {
                ([Expr::Name(name)], Expr::BooleanLiteral(literal)) => {
                    self.bind(name.id.as_str(), How::Literal(Some(literal.value)));
                }
                ([Expr::Name(name)], Expr::NoneLiteral(_)) => self.bind(name.id.as_str(), How::Literal(None)),
                ([Expr::Name(name)], Expr::Lambda(_)) => {
                    self.visit_expr(&assign.value);
                    self.bind(name.id.as_str(), How::Function);
                }
                _ => visitor::walk_stmt(self, stmt),
            },
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                    self.visit_expr(&assign.target);
                } else if !assign.target.is_name_expr() {
                    self.visit_expr(&assign.target);
                }
            }
            Stmt::TypeAlias(alias) => {
                if let Expr::Name(name) = alias.name.as_ref() {
                    self.bind(name.id.as_str(), How::Value);
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name, How::Value);
            self.bind(name, How::Delete);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Store => self.bind(name.id.as_str(), How::Value),
                ExprContext::Del => self.bind(name.id.as_str(), How::Delete),
                ExprContext::Load | ExprContext::Invalid => {}
            },
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.found.yields = true;
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_comprehension(&mut self, comprehension: &'a ast::Comprehension) {
        // The targets belong to the comprehension, a walrus inside it does not (PEP 572).
        self.visit_expr(&comprehension.iter);
        for condition in &comprehension.ifs {
            self.visit_expr(condition);
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, How::Value);
        }
        visitor::walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;

    fn check(source: &str, expected: &str) {
        let got = with_tree(source, |body| {
            let found = bindings(body, &Settled::default());
            let names: Vec<&str> = found.names.iter().map(|(name, _)| *name).collect();
            names.join(" ")
        });
        assert_eq!(got.as_deref(), Ok(expected));
    }

    #[test]
    fn every_binding_form_is_seen() {
        check("for i, (x, *y) in z: pass", "i x y");
        check("with a as b, c as (d, e.f): pass", "b d");
        check("try: pass\nexcept E as e: pass", "e e");
        check("match a:\n case [b, *c, {'d': e, **f}] | g: pass\n case C(h=i) as j: pass", "b c f e g j i");
        check("import a.b, c.d as e\nfrom f import g, h as i", "a e g i");
        check("x = [w for w in (n := v)]\ndel x[0], k", "n x k");
        check("def f(a=(b := 1)):\n c = 1\nclass D(e := F):\n g = 1", "b f e D");
        check("x: int\ny: int = 1\n(z): int = 1", "y z");
        check("type A[T] = int", "A");
        check("x += 1\nlambda q=(r := 1): (s := 2)", "x r");
    }
}
