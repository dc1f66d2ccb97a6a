//! Imports that depend on what the module switches: `sys.path`, `os.environ`, `sys.stdout`.
//!
//! Terms: a statement *switches* an object from outside when, in the module's own block, it puts something into it, takes
//! something out of it, or rebinds the attribute by which it is reached. An import is *bracketed* when it stands between two
//! switches of the same object.
//!
//! ```python
//! import early                    # would be looked for in PLUGINS, too
//! sys.path.insert(0, PLUGINS)
//! import plugin                   # bracketed: it, and all that it imports, is meant to be found in PLUGINS
//! sys.path.remove(PLUGINS)
//! import late
//! ```
//!
//! Which question does this file answer? "Would this import find, or do, something else if it ran at the end?" What the
//! imported modules look at is unknown, so that any pair of switches counts; of a single one, those of where modules are
//! found. It is separate from [`super::prelude`] because the statements alone tell it, before anything is walked.

use std::collections::BTreeMap;

use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};

/// Objects that say where modules are found, as long as they are not only added to at the end.
const WHERE_MODULES_ARE: [&str; 3] = ["sys.path", "sys.meta_path", "sys.path_hooks"];

/// Methods of containers that change them.
const CHANGING: [&str; 13] = [
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "update",
    "setdefault",
    "popitem",
    "reverse",
    "sort",
    "__setitem__",
    "__delitem__",
];

/// An import that has to run before a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Before {
    /// Position of the statement that switches something.
    pub(super) switch: usize,
    /// The import is bracketed: what it loads executes eagerly.
    pub(super) eagerly: bool,
}

/// Statements that import and can't wait, by position; `path` tells what an expression stands for.
pub(super) fn imports(body: &[Stmt], path: &dyn Fn(&Expr) -> Option<String>) -> BTreeMap<usize, Before> {
    let mut found = Found { path, position: 0, switched: BTreeMap::new(), moved: None, imports: Vec::new() };
    for (position, stmt) in body.iter().enumerate() {
        found.position = position;
        found.visit_stmt(stmt);
    }
    let Found { switched, moved, imports, .. } = found;
    let brackets = brackets(switched.values());
    let mut all: BTreeMap<usize, Before> = BTreeMap::new();
    for at in switched.values().filter(|at| at.len() > 1) {
        // One that also binds a name would wait.
        let switch = at.last().copied().unwrap_or_default();
        all.extend(at.iter().map(|position| (*position, Before { switch, eagerly: false })));
    }
    for import in imports {
        let bracket = brackets[..brackets.partition_point(|(first, _)| *first <= import)].last();
        if let Some((_, last)) = bracket.filter(|(_, last)| import <= *last) {
            all.insert(import, Before { switch: *last, eagerly: true });
        } else if let Some(switch) = moved.filter(|last| import < *last) {
            all.insert(import, Before { switch, eagerly: false });
        }
    }
    all
}

/// First and last positions between which something is switched and switched again, ascending; none overlap.
fn brackets<'p>(switched: impl Iterator<Item = &'p Vec<usize>>) -> Vec<(usize, usize)> {
    let mut all: Vec<(usize, usize)> =
        switched.filter(|at| at.len() > 1).filter_map(|at| Some((*at.first()?, *at.last()?))).collect();
    all.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (first, last) in all {
        match merged.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}

struct Found<'p> {
    path: &'p dyn Fn(&Expr) -> Option<String>,
    position: usize,
    /// By what is switched, positions of the statements, ascending.
    switched: BTreeMap<String, Vec<usize>>,
    /// Position of the last statement after which modules may be found elsewhere.
    moved: Option<usize>,
    imports: Vec<usize>,
}

impl Found<'_> {
    fn switch(&mut self, object: &Expr, adds_at_the_end: bool) {
        if let Some(path) = (self.path)(object).filter(|path| path.contains('.')) {
            if WHERE_MODULES_ARE.contains(&path.as_str()) && !adds_at_the_end {
                self.moved = Some(self.position);
            }
            self.switched.entry(path).or_default().push(self.position);
        }
    }

    /// Something is stored in, or deleted from, what the expression says.
    fn target(&mut self, target: &Expr) {
        match target {
            Expr::Attribute(_) => self.switch(target, false),
            // `sys.modules[__name__] = …` is about this module, whatever it imports.
            Expr::Subscript(item) if !matches!(&*item.slice, Expr::Name(name) if name.id.as_str() == "__name__") => {
                self.switch(&item.value, false);
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                elts.iter().for_each(|target| self.target(target));
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Found<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) => return,
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.imports.push(self.position),
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.target(target)),
            Stmt::AugAssign(assign) => self.target(&assign.target),
            Stmt::AnnAssign(assign) => self.target(&assign.target),
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| self.target(target)),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            match &*call.func {
                Expr::Attribute(method) if CHANGING.contains(&method.attr.as_str()) => {
                    self.switch(&method.value, matches!(method.attr.as_str(), "append" | "extend"));
                }
                callee => match (self.path)(callee).as_deref() {
                    Some("site.addsitedir") => {
                        self.switched.entry("sys.path".to_owned()).or_default().push(self.position);
                    }
                    Some("importlib.import_module") => self.imports.push(self.position),
                    _ => {}
                },
            }
        }
        if !expr.is_lambda_expr() {
            visitor::walk_expr(self, expr);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// `(position, switch, eagerly)` of all that can't wait.
    fn found(source: &str) -> Vec<(usize, usize, bool)> {
        let path = |expr: &Expr| match expr {
            Expr::Attribute(attribute) => match &*attribute.value {
                Expr::Name(name) => Some(format!("{}.{}", name.id, attribute.attr)),
                _ => None,
            },
            _ => None,
        };
        let look = |body: &[Stmt]| {
            imports(body, &path).into_iter().map(|(at, before)| (at, before.switch, before.eagerly)).collect()
        };
        parse::with_tree(source, look).expect("valid source")
    }

    #[test]
    fn imports_between_two_switches_of_the_same_object_are_bracketed() {
        let source = "import a\nsys.path.insert(0, x)\nimport b\ndel sys.path[0]\nimport c";
        assert_eq!(found(source), [(0, 3, false), (1, 3, false), (2, 3, true), (3, 3, false)]);
        assert_eq!(found("sys.path.append(x)\nimport b\nos.environ['y'] = 'z'\nimport c"), []);
        assert_eq!(
            found("old = os.environ.pop('x')\nimport b\nos.environ['x'] = old"),
            [(0, 2, false), (1, 2, true), (2, 2, false)]
        );
        assert_eq!(
            found("sys.stdout = x\nif y:\n    from m import z\nsys.stdout = old\nimport c"),
            [(0, 2, false), (1, 2, true), (2, 2, false)]
        );
        assert_eq!(found("try:\n    sys.path.insert(0, x)\n    import b\nfinally: sys.path.pop(0)"), [(0, 0, true)]);
    }

    #[test]
    fn brackets_that_overlap_are_one() {
        let source = "a.b = 1\nc.d = 1\nimport x\na.b = 2\nimport y\nc.d = 2\nimport z";
        let eagerly: Vec<_> = found(source).into_iter().filter(|(.., eagerly)| *eagerly).collect();
        assert_eq!(eagerly, [(2, 5, true), (4, 5, true)]);
    }

    #[test]
    fn where_modules_are_found_is_asked_before_it_changes() {
        assert_eq!(found("import a\nsys.path[:0] = [x]\nimport b"), [(0, 1, false)]);
        assert_eq!(found("import a\nsys.path.append(x)\nsite.addsitedir(y)\nimport b"), [(1, 2, false), (2, 2, false)]);
        assert_eq!(found("import a\ndef f(): sys.path.insert(0, x)\ng = lambda: sys.path.pop()\nimport b"), []);
        assert_eq!(found("sys.modules[__name__] = a\nimport b\nsys.modules[__name__] = c"), []);
    }
}
