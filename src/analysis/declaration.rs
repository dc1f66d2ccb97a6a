//! Reading `__at_import__`.
//!
//! Terms: the *declaration* is the one top-level statement that binds `__at_import__`; the *portable call* is the bare
//! call of it as the module's last statement, with which a plain interpreter runs the hook too.
//!
//! ```python
//! def __at_import__():            # the declaration: a hook
//!     register(Codec)
//!
//! __at_import__()                 # the portable call: the loader drops it, because it calls the hook itself
//! ```
//!
//! Which question does this file answer? "What does the module say about itself?" Anything but the two forms is
//! [`Declaration::Invalid`], with a clause that tells the author why. It is separate because the rule is the contract's
//! (`spec/at-import.rst`), not the analysis's.

use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::parse::{Lines, Ranged, TextSize};
use super::plan::Declaration;
use super::scope::{Bindings, bindings};
use super::settle::Settled;

/// The name that declares.
pub(super) const NAME: &str = "__at_import__";

/// What the module declares, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) declaration: Declaration,
    /// The statement that binds the name, when the declaration is valid.
    pub(super) statement: Option<usize>,
    /// The portable call.
    pub(super) portable_call: Option<usize>,
}

/// Reads the declaration.
pub(super) fn read(body: &[Stmt], settled: &Settled, lines: &Lines) -> Declared {
    let invalid = |at: TextSize, reason: &str| Declared {
        declaration: Declaration::Invalid { line: lines.line(at), reason: reason.to_owned() },
        statement: None,
        portable_call: None,
    };
    let mut found: Option<(usize, &Stmt)> = None;
    let mut global: Option<TextSize> = None;
    for (position, stmt) in body.iter().enumerate() {
        if global.is_none() {
            global = global_statement(stmt);
        }
        let Bindings { names, .. } = bindings(std::slice::from_ref(stmt), settled);
        if !names.iter().any(|(name, _)| *name == NAME) && !annotates(stmt) {
            continue;
        }
        if matches!(stmt, Stmt::Delete(_)) {
            return invalid(stmt.start(), "is deleted");
        }
        if found.is_some() {
            return invalid(stmt.start(), "is bound more than once");
        }
        if let Some(reason) = fault(stmt) {
            return invalid(stmt.start(), reason);
        }
        found = Some((position, stmt));
    }
    let Some((position, stmt)) = found else {
        return Declared { declaration: Declaration::Absent, statement: None, portable_call: None };
    };
    // a function that may bind the name says nothing by itself
    if let Some(at) = global {
        return invalid(at, "is declared `global`");
    }
    if matches!(stmt, Stmt::Assign(_)) {
        return Declared { declaration: Declaration::Nothing, statement: Some(position), portable_call: None };
    }
    let last = body.len() - 1;
    let portable = last > position && is_bare_call(&body[last]);
    Declared {
        declaration: Declaration::Hook { portable },
        statement: Some(position),
        portable_call: portable.then_some(last),
    }
}

/// Why a statement that binds the name is not a declaration.
fn fault(stmt: &Stmt) -> Option<&'static str> {
    match stmt {
        Stmt::Assign(assign) => match (assign.targets.as_slice(), assign.value.as_ref()) {
            ([Expr::Name(_)], Expr::NoneLiteral(_)) => None,
            ([Expr::Name(_)], _) => Some("is bound to something else than `None`"),
            _ => Some("is bound together with other names"),
        },
        Stmt::FunctionDef(def) => {
            if def.is_async {
                Some("is an async function")
            } else if def.parameters.iter().next().is_some() {
                Some("has parameters")
            } else if !def.decorator_list.is_empty() {
                Some("is decorated")
            } else if def.type_params.is_some() {
                Some("has type parameters")
            } else if bindings(&def.body, &Settled::default()).yields {
                Some("is a generator function")
            } else {
                None
            }
        }
        Stmt::AnnAssign(_) => Some("is annotated"),
        Stmt::AugAssign(_) => Some("is changed by an augmented assignment"),
        Stmt::ClassDef(_) => Some("is bound by a class statement"),
        Stmt::Import(_) | Stmt::ImportFrom(_) => Some("is bound by an import"),
        Stmt::If(_) | Stmt::Try(_) | Stmt::Match(_) | Stmt::While(_) => Some("is bound under a condition"),
        Stmt::For(_) => Some("is bound in a loop"),
        Stmt::With(_) => Some("is bound inside a `with` statement"),
        _ => Some("is bound in a form that is not a declaration"),
    }
}

fn annotates(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::AnnAssign(assign)
        if assign.value.is_some() && matches!(assign.target.as_ref(), Expr::Name(name) if name.id.as_str() == NAME))
}

fn is_bare_call(stmt: &Stmt) -> bool {
    let Stmt::Expr(bare) = stmt else { return false };
    let Expr::Call(call) = bare.value.as_ref() else { return false };
    matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == NAME)
        && call.arguments.args.is_empty()
        && call.arguments.keywords.is_empty()
}

/// Where some function inside the statement declares the name `global`.
fn global_statement(stmt: &Stmt) -> Option<TextSize> {
    struct Search(Option<TextSize>);
    impl<'a> Visitor<'a> for Search {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::Global(global) = stmt
                && global.names.iter().any(|name| name.as_str() == NAME)
            {
                self.0.get_or_insert(stmt.start());
            }
            visitor::walk_stmt(self, stmt);
        }

        fn visit_expr(&mut self, _: &'a ast::Expr) {}
    }
    let mut search = Search(None);
    search.visit_stmt(stmt);
    search.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;

    fn check(source: &str, expected: &str) {
        let got = with_tree(source, |body| match read(body, &Settled::default(), &Lines::new(source)).declaration {
            Declaration::Absent => "absent".to_owned(),
            Declaration::Nothing => "nothing".to_owned(),
            Declaration::Hook { portable } => format!("hook portable={portable}"),
            Declaration::Invalid { line, reason } => format!("line {line}: {reason}"),
        });
        assert_eq!(got.as_deref(), Ok(expected), "{source}");
    }

    #[test]
    fn the_two_forms() {
        check("x = 1", "absent");
        check("x = 1\n__at_import__ = None", "nothing");
        check("def __at_import__(): pass", "hook portable=false");
        check("def __at_import__(): pass\nx = 1\n__at_import__()", "hook portable=true");
        check("def __at_import__(): pass\n__at_import__()\nx = 1", "hook portable=false");
    }

    #[test]
    fn every_other_form_is_named() {
        check("__at_import__ = False", "line 1: is bound to something else than `None`");
        check("a = __at_import__ = None", "line 1: is bound together with other names");
        check("x = 1\nif x: __at_import__ = None", "line 2: is bound under a condition");
        check("__at_import__ = None\n__at_import__ = None", "line 2: is bound more than once");
        check("__at_import__ = None\ndel __at_import__", "line 2: is deleted");
        check("def __at_import__(x): pass", "line 1: has parameters");
        check("async def __at_import__(): pass", "line 1: is an async function");
        check("def __at_import__(): yield", "line 1: is a generator function");
        check("@f\ndef __at_import__(): pass", "line 1: is decorated");
        check("__at_import__: None = None", "line 1: is annotated");
        check("from m import __at_import__", "line 1: is bound by an import");
        check("class __at_import__: pass", "line 1: is bound by a class statement");
        let rebinds = "def f():\n global __at_import__\n __at_import__ = None\n";
        check(&format!("{rebinds}__at_import__ = None"), "line 2: is declared `global`");
        check(rebinds, "absent");
        check("__at_import__: None", "absent");
        check("x = [(__at_import__ := None) for _ in y]", "line 1: is bound to something else than `None`");
    }
}
