//! From statements to pieces.
//!
//! Terms: a *piece* is what a unit can hold: a statement, the value or the annotation of an annotated assignment, or the import
//! of one of several modules; a piece's *role* says whether it takes part in splitting at all.
//!
//! ```python
//! """Docs."""              # role: docstring
//! import os, sys           # two pieces
//! from . import api, core  # two pieces: from its own package, or one around it, a module imports modules
//! from .core import f, g   # one piece: one module is imported, what else would be won
//! limit: int = f()         # two pieces: the value, and the annotation
//! if a: other: int = 3     # one piece; now every annotated assignment is one, because the compiler counts annotations together
//! pass                     # none
//! ```
//!
//! Which question does this file answer? "What can be taken apart at all, by the form of the text?" What the pieces do is asked in
//! [`super::summary`].

use super::declaration::Declared;
use super::ids::StmtId;
use super::imports::absolute;
use super::parse::ast::{self, Stmt};
use super::plan::{Part, Piece};
use super::shape::Shape;
use super::statements::is_constant;

/// How a piece takes part in splitting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Binds `__doc__`, before anything else.
    Docstring,
    /// `from __future__ import …`.
    Future,
    /// `__at_import__ = None`, or the hook's `def`.
    Declaration,
    /// Only adds to the module's annotations.
    Annotation,
    Ordinary,
}

/// The pieces of a module, in source order; statements that do nothing have none.
pub(super) fn pieces(body: &[Stmt], shape: &Shape<'_>, declared: &Declared) -> (Vec<Piece>, Vec<Role>) {
    let whole_annotations = body.iter().any(has_nested_annotation);
    let (mut pieces, mut roles) = (Vec::new(), Vec::new());
    for (position, stmt) in body.iter().enumerate() {
        let statement = StmtId::from(position);
        let mut add = |part, role| {
            pieces.push(Piece { statement, part });
            roles.push(role);
        };
        if declared.portable_call == Some(position) {
            continue;
        }
        match stmt {
            Stmt::Expr(bare) if position == 0 && bare.value.is_string_literal_expr() => {
                add(Part::Whole, Role::Docstring);
            }
            Stmt::Expr(bare) if is_constant(&bare.value) => {}
            Stmt::Pass(_) | Stmt::Global(_) => {}
            Stmt::If(branch) if shape.settled.branches(branch).is_empty() && !counts_annotations(stmt, shape) => {}
            _ if is_future(stmt) => add(Part::Whole, Role::Future),
            Stmt::AnnAssign(assign) if assign.simple && !whole_annotations => {
                if assign.value.is_some() {
                    add(Part::Value, Role::Ordinary);
                }
                add(Part::Annotation, Role::Annotation);
            }
            _ if declared.statement == Some(position) => add(Part::Whole, Role::Declaration),
            _ if imports_modules(stmt, shape) => {
                (0..).zip(aliases(stmt)).for_each(|(number, _)| add(Part::Alias(number), Role::Ordinary));
            }
            _ => add(Part::Whole, Role::Ordinary),
        }
    }
    (pieces, roles)
}

/// The statement imports several modules, one after the other.
fn imports_modules(stmt: &Stmt, shape: &Shape<'_>) -> bool {
    let modules = match stmt {
        Stmt::Import(_) => true,
        Stmt::ImportFrom(import) => {
            let module = import.module.as_ref().map(ast::Identifier::as_str);
            absolute(&shape.input, import.level, module).is_some_and(|target| {
                let below = shape.input.module.strip_prefix(target.as_str());
                below.is_some_and(|below| below.starts_with('.') || (below.is_empty() && shape.input.is_package))
            })
        }
        _ => false,
    };
    modules && aliases(stmt).len() > 1
}

/// What an import statement imports; nothing for other statements.
pub(super) fn aliases(stmt: &Stmt) -> &[ast::Alias] {
    match stmt {
        Stmt::Import(import) => &import.names,
        Stmt::ImportFrom(import) => &import.names,
        _ => &[],
    }
}

/// What a part of an import statement imports.
pub(super) fn aliases_of(stmt: &Stmt, part: Part) -> &[ast::Alias] {
    match part {
        Part::Alias(number) => aliases(stmt).get(number as usize..=number as usize).unwrap_or_default(),
        _ => aliases(stmt),
    }
}

/// `from __future__ import …`
pub(super) fn is_future(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name.as_str() == "__future__"))
}

/// An annotated assignment to a name stands inside a compound statement of the module.
pub(super) fn has_nested_annotation(stmt: &Stmt) -> bool {
    holds_annotation(stmt, |assign| assign.simple) && !stmt.is_ann_assign_stmt()
}

/// The statement, or one inside it that is the module's as well, is an annotated assignment that `wanted` accepts.
fn holds_annotation(stmt: &Stmt, wanted: fn(&ast::StmtAnnAssign) -> bool) -> bool {
    let inside = |body: &[Stmt]| body.iter().any(|stmt| holds_annotation(stmt, wanted));
    match stmt {
        Stmt::AnnAssign(assign) => wanted(assign),
        Stmt::If(branch) => inside(&branch.body) || branch.elif_else_clauses.iter().any(|clause| inside(&clause.body)),
        Stmt::For(each) => inside(&each.body) || inside(&each.orelse),
        Stmt::While(repeat) => inside(&repeat.body) || inside(&repeat.orelse),
        Stmt::With(with) => inside(&with.body),
        Stmt::Match(choice) => choice.cases.iter().any(|case| inside(&case.body)),
        Stmt::Try(attempt) => {
            inside(&attempt.body)
                || inside(&attempt.orelse)
                || inside(&attempt.finalbody)
                || attempt.handlers.iter().any(|handler| {
                    let super::parse::ast::ExceptHandler::ExceptHandler(handler) = handler;
                    inside(&handler.body)
                })
        }
        _ => false,
    }
}

/// Code with the statement in it begins by looking `__annotations__` up (`SETUP_ANNOTATIONS`), wherever in the statement an
/// annotation stands, and whatever is annotated (`find_ann`, Python/compile.c); from 3.14 on only where annotations are strings.
pub(super) fn sets_up_annotations(stmt: &Stmt, shape: &Shape<'_>) -> bool {
    (shape.input.version < (3, 14) || shape.future_annotations) && holds_annotation(stmt, |_| true)
}

/// From 3.14 on the compiler numbers the annotations of a module as soon as one of them stands in a compound statement, those that
/// never run as well (`codegen_annassign`, Python/codegen.c).
pub(super) fn counts_annotations(stmt: &Stmt, shape: &Shape<'_>) -> bool {
    shape.input.version >= (3, 14) && !shape.future_annotations && has_nested_annotation(stmt)
}
