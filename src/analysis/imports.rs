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

use std::collections::BTreeMap;

use super::Input;
use super::effects::{IMPORTS, MAY_FAIL_TO_IMPORT};
use super::guards::Guard;
use super::known_imports;
use super::own_module::is_own;
use super::parse::ast::{self, Stmt};
use super::parse::{Ranged, TextSize};
use super::pieces::aliases_of;
use super::plan::Part;
use super::scope::bound_name;
use super::value::{self, Value};
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
                    let bound = bound_name(stmt, alias);
                    let value = self.imported(if alias.asname.is_some() { name } else { bound });
                    self.store(bound, &value);
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
            let value =
                target.as_ref().map_or_else(Value::outside, |target| self.imported(&format!("{target}.{name}")));
            self.store(alias.asname.as_ref().unwrap_or(&alias.name), &value);
        }
    }

    /// What an import binds a name to.
    fn imported(&self, path: &str) -> Value {
        let mut value = Value::outside();
        if is_own(path, self.shape.input.module) {
            value.flags |= value::MODULE;
        }
        value
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

/// Resolves the module of a `from` import; `None` when it leaves the top package.
pub(super) fn absolute(input: &Input<'_>, level: u32, module: Option<&str>) -> Option<String> {
    if level == 0 {
        return module.map(str::to_owned);
    }
    let mut parts: Vec<&str> = input.module.split('.').collect();
    let up = level as usize - usize::from(input.is_package);
    if up >= parts.len() && up > 0 {
        return None;
    }
    parts.truncate(parts.len() - up);
    let base = parts.join(".");
    Some(module.map_or(base.clone(), |module| format!("{base}.{module}")))
}

/// The name that importing `target` binds in this package, because the import system makes submodules attributes.
pub(super) fn submodule<'t>(input: &Input<'_>, target: &'t str) -> Option<&'t str> {
    if !input.is_package {
        return None;
    }
    let rest = target.strip_prefix(input.module)?.strip_prefix('.')?;
    rest.split('.').next()
}

/// Submodules that top-level statements import on every path, with the first statement that does so.
pub(super) fn first_imports(body: &[Stmt], input: &Input<'_>) -> BTreeMap<String, TextSize> {
    let mut found = BTreeMap::new();
    let mut add = |target: &str, stmt: &Stmt| {
        if let Some(child) = submodule(input, target) {
            found.entry(child.to_owned()).or_insert(stmt.start());
        }
    };
    for stmt in body {
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| add(&alias.name, stmt)),
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ast::Identifier::as_str);
                absolute(input, import.level, module).iter().for_each(|target| add(target, stmt));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_imports_are_resolved() {
        let package =
            Input { source: "", module: "a.b", is_package: true, version: (3, 12), platform: "", without: "" };
        let module = Input { is_package: false, ..package };
        assert_eq!(absolute(&package, 1, Some("c")).as_deref(), Some("a.b.c"));
        assert_eq!(absolute(&module, 1, Some("c")).as_deref(), Some("a.c"));
        assert_eq!(absolute(&package, 2, None).as_deref(), Some("a"));
        assert_eq!(absolute(&module, 2, None), None);
        assert_eq!(absolute(&module, 0, Some("x")).as_deref(), Some("x"));
    }
}
