//! Import statements: what they bind, here and behind our back.
//!
//! Terms: an import *implicitly* binds a name when the import system makes a submodule that it loads an attribute of the
//! package being analysed (`importlib._bootstrap._find_and_load_unlocked` ends with `setattr(parent, child, module)`).
//!
//! ```python
//! # in the package p
//! import a.b                  # binds a
//! from .core.deep import X    # binds X, implicitly core
//! from . import sub           # binds sub, which may be a submodule or an attribute of this very module
//! from m import *             # binds whatever m exports
//! ```
//!
//! Importing a submodule again binds nothing: of statements that only bind a name in this way the first one is its binder, and
//! they don't depend on each other. When a later one runs first, the runtime lets its binding stand.
//!
//! It is separate from the other statements because these rules are the import system's and not the language's.

use super::effects::{IMPORTS, MAY_FAIL_TO_IMPORT};
use super::guards::Guard;
use super::known_imports;
use super::parse::ast::{self, Stmt};
use super::parse::{Ranged, TextSize};
use super::pieces::aliases_of;
use super::plan::Part;
use super::scope::bound_name;
use super::shape::{absolute, submodule};
use super::value::Value;
use super::walk::Walker;

impl Walker<'_, '_> {
    pub(super) fn import(&mut self, stmt: &Stmt, part: Part) {
        let aliases = aliases_of(stmt, part);
        self.sink().flags |= if may_fail(stmt, aliases) { IMPORTS | MAY_FAIL_TO_IMPORT } else { IMPORTS };
        if self.runs_now() && self.guard != Guard::None {
            self.out.guard = self.out.guard.max(self.guard);
            self.note("ATI120", stmt.start(), "imports inside a `try`: what the import raises decides what is bound");
        }
        match stmt {
            Stmt::Import(_) => {
                for alias in aliases {
                    let name = alias.name.as_str();
                    self.loads(name, stmt.start());
                    self.store(bound_name(stmt, alias), &Value::outside());
                }
            }
            Stmt::ImportFrom(import) => self.import_from(import, aliases, stmt.start()),
            _ => {}
        }
    }

    fn import_from(&mut self, import: &ast::StmtImportFrom, aliases: &[ast::Alias], at: TextSize) {
        let input = &self.shape.input;
        let module = import.module.as_ref().map(ast::Identifier::as_str);
        let target = absolute(input, import.level, module);
        let itself = target.as_deref() == Some(input.module);
        let package = input.is_package;
        if let Some(target) = &target
            && !(itself && package)
        {
            self.loads(target, at);
        }
        for alias in aliases {
            let name = alias.name.as_str();
            if name == "*" {
                if self.runs_now() {
                    self.out.star = true;
                    self.note("ATI131", at, "imports `*`: which names it binds is only known when it runs");
                }
                continue;
            }
            if itself {
                // `from . import x` first looks for an attribute of this very module.
                let symbol = self.symbols.intern(name);
                self.read(symbol);
                if package {
                    let target = format!("{}.{name}", self.shape.input.module);
                    self.loads(&target, at);
                }
            }
            self.store(alias.asname.as_ref().unwrap_or(&alias.name), &Value::outside());
        }
    }

    /// A module is imported by the statement at an offset.
    fn loads(&mut self, target: &str, at: TextSize) {
        if self.runs_now() {
            self.out.imports.insert(target.to_owned());
        }
        if let Some(child) = submodule(&self.shape.input, target)
            && self.shape.submodules.get(child).is_none_or(|first| *first == at)
        {
            let symbol = self.symbols.intern(child);
            self.store_module(symbol, &Value::outside());
            if self.runs_now() {
                self.out.submodules.insert(symbol);
            }
        }
    }
}

/// The statement may raise an `ImportError` when it imports these.
fn may_fail(stmt: &Stmt, aliases: &[ast::Alias]) -> bool {
    match stmt {
        Stmt::Import(_) => !aliases.iter().all(|alias| known_imports::is_there(&alias.name)),
        Stmt::ImportFrom(import) => match &import.module {
            Some(module) if import.level == 0 => {
                let is_there = |alias: &ast::Alias| known_imports::is_attribute(&format!("{module}.{}", alias.name));
                !known_imports::is_there(module) || !aliases.iter().all(is_there)
            }
            _ => true,
        },
        _ => false,
    }
}
