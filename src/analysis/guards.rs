//! What imports stand in: statements that catch what they raise.
//!
//! Terms: an import is *guarded* when a handler around it may catch whatever it raises, and *checked* when nothing but an
//! `ImportError` is caught. What a guarded import loads executes eagerly; of what a checked one loads, what may fail to
//! import runs at once, and the rest may wait, for none of the handlers would have seen it fail.
//!
//! ```python
//! try: import fast                    # checked
//! except ImportError: fast = None
//! try: import faster                  # guarded
//! except Exception: faster = None
//! with suppress(ImportError): import fastest      # checked
//! ```
//!
//! Which question does this file answer? "Which failures of this import would be caught?" It is separate because the walk and
//! the census both ask it.

use super::effects::MAY_FAIL_TO_IMPORT;
use super::known_imports;
use super::parse::ast::{self, Expr};
use super::walk::Walker;

/// What an import stands in; the strongest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) enum Guard {
    /// Nothing that catches.
    #[default]
    None,
    /// An `ImportError` is caught, and nothing else.
    Checked,
    /// More is caught, or it isn't told what.
    Guarded,
}

impl Guard {
    pub(super) fn of_try(attempt: &ast::StmtTry) -> Self {
        let caught = attempt.handlers.iter().map(|handler| {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            handler.type_.as_deref().map_or(Self::Guarded, Self::of_caught)
        });
        caught.max().unwrap_or(Self::None)
    }

    pub(super) fn of_with(with: &ast::StmtWith) -> Self {
        let suppressed = with.items.iter().filter_map(|item| suppressed(&item.context_expr));
        suppressed
            .map(|arguments| arguments.args.iter().map(Self::of_caught).max().unwrap_or(Self::Guarded))
            .max()
            .unwrap_or(Self::None)
    }

    /// By the classes that are caught.
    fn of_caught(classes: &Expr) -> Self {
        match classes {
            Expr::Name(name) if known_imports::IMPORT_ERRORS.contains(&name.id.as_str()) => Self::Checked,
            Expr::Tuple(classes) => classes.elts.iter().map(Self::of_caught).max().unwrap_or(Self::Guarded),
            _ => Self::Guarded,
        }
    }
}

/// No `ImportError` that the body raises leaves the statement.
pub(super) fn catches_import_errors(attempt: &ast::StmtTry) -> bool {
    fn catches(class: &Expr) -> bool {
        match class {
            Expr::Name(name) => known_imports::CATCHING.contains(&name.id.as_str()),
            Expr::Tuple(classes) => classes.elts.iter().any(catches),
            _ => false,
        }
    }
    attempt.handlers.iter().any(|handler| {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        handler.type_.as_deref().is_none_or(catches)
    })
}

/// The arguments of `suppress(…)`, whatever it was imported as part of: a `try` in another form.
fn suppressed(expr: &Expr) -> Option<&ast::Arguments> {
    let Expr::Call(call) = expr else { return None };
    let is_suppress = match call.func.as_ref() {
        Expr::Name(name) => name.id.as_str() == "suppress",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "suppress",
        _ => false,
    };
    is_suppress.then_some(&call.arguments)
}

impl Walker<'_, '_> {
    /// Code of what an expression stands for runs, and may raise an `ImportError` unless it is known to import nothing.
    pub(super) fn may_fail_to_import(&mut self, expr: &Expr) {
        if !self.path(expr).is_some_and(|path| known_imports::imports_nothing(&path)) {
            self.sink().flags |= MAY_FAIL_TO_IMPORT;
        }
    }
}
