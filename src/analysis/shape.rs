//! What must be known about the whole module before its first statement is walked.
//!
//! Terms: a name is *free* when no statement of the module binds it (a built-in, a name from a star import, or nobody's);
//! it is *outside* when all that is ever bound to it are imported objects and `None`, so that changing it is an effect on
//! somebody else's object; it is *owned* otherwise. A name's *path* is the dotted absolute name of what it stands for.
//!
//! ```python
//! import os.path as p          # outside, path `os.path`
//! try: import json             # outside, no path: it is bound twice
//! except ImportError: json = None
//! cache = {}                   # owned
//! len(cache)                   # free, path `builtins.len`
//! ```
//!
//! It is separate from the walker because it is computed once, while the walker runs to a fixpoint.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::{CompactString, format_compact};
use rustc_hash::FxHashMap;

use super::Input;
use super::census::Census;
use super::known_imports;
use super::outcome::Class;
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::Visitor;
use super::parse::{Ranged, TextSize};
use super::scope::{Bindings, How, bindings};
use super::settle::Settled;
use super::switches::{self, Before};
use super::thread_bound;

/// Where an object that a name stands for comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    Free,
    Outside,
    Owned,
}

#[derive(Default, Debug)]
struct Bound {
    times: usize,
    /// How often by star imports, as far as is known.
    hidden: usize,
    outside: bool,
    definitions: bool,
    /// How often by a class statement.
    classes: usize,
    path: Option<CompactString>,
}

/// The module as a whole.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) input: Input<'a>,
    pub(super) settled: Settled,
    bound: FxHashMap<String, Bound>,
    /// The module imports `*` somewhere.
    pub(super) star: bool,
    /// `from __future__ import annotations`.
    pub(super) future_annotations: bool,
    /// The module mentions what hands it its namespace as a dict.
    pub(super) namespace_readers: bool,
    /// The module mentions what shows the namespace of a frame.
    pub(super) frame_namespaces: bool,
    /// The first line is computed elsewhere; this is the offset of a mention of `__subclasses__`.
    pub(super) asks_subclasses: bool,
    /// Names that stand for the namespace for a while ([`super::computed_names`]).
    pub(super) handles: BTreeSet<String>,
    /// Names of which each binding makes a named tuple ([`super::named_tuples`]).
    pub(super) records: BTreeSet<String>,
    /// Statements that import before something is switched, by position ([`super::switches`]).
    pub(super) switches: BTreeMap<usize, Before>,
    /// Names of objects of which every thread sees its own contents ([`super::thread_bound`]).
    pub(super) thread_bound: BTreeSet<String>,
    /// Names that functions may delete, or that are deleted through the namespace.
    pub(super) removed: BTreeSet<String>,
    /// Modules that guarded imports load, anywhere.
    pub(super) guarded: BTreeSet<String>,
    /// Modules that checked imports load, anywhere.
    pub(super) checked: BTreeSet<String>,
    /// Names that are bound by nothing but importing the submodule of that name, with the first statement that does so on
    /// every path. What imports it later finds it there and binds nothing.
    pub(super) submodules: BTreeMap<String, TextSize>,
}

impl<'a> Shape<'a> {
    pub(super) fn new(body: &'a [Stmt], input: Input<'a>) -> Self {
        let settled = settle(&bindings(body, &Settled::default()), &input);
        let found = bindings(body, &settled);
        let mut census = Census::new(&input, &settled);
        census.visit_body(body);
        let mut handles = super::computed_names::handles(body, &found.names);
        let mut bound: FxHashMap<String, Bound> = FxHashMap::default();
        for (place, (name, how)) in found.names.into_iter().enumerate() {
            let entry = bound.entry(name.to_owned()).or_insert(Bound {
                times: 0,
                hidden: 0,
                outside: true,
                definitions: true,
                classes: 0,
                path: None,
            });
            entry.times += 1;
            entry.definitions &= matches!(how, How::Function | How::Class);
            entry.classes += usize::from(how == How::Class);
            if found.star.is_some_and(|names| place < names) {
                // Then it may stand for anything that is imported.
                entry.times += 1;
                entry.hidden += 1;
                entry.definitions = false;
            }
            entry.outside &= matches!(how, How::Import(_) | How::Literal(None) | How::Delete);
            if let How::Import(path) = how {
                entry.path = path.map(CompactString::from);
            }
        }
        for name in census.globals.iter().chain(&census.stored) {
            let entry = bound.entry(name.clone()).or_default();
            entry.times += 2;
            entry.outside = false;
            entry.definitions = false;
        }
        let mut submodules = first_imports(body, &input);
        for name in &census.submodules {
            // The import system binds it whenever that import runs.
            let entry = bound.entry(name.clone()).or_insert(Bound { times: 0, outside: true, ..Bound::default() });
            if entry.times > 0 {
                submodules.remove(name);
            }
            entry.times += 2;
        }
        // Then it may be anybody's function.
        if found.star.is_some() || bound.contains_key("globals") {
            handles.clear();
        }
        let future_annotations = body.iter().any(|stmt| match stmt {
            Stmt::ImportFrom(import) => {
                import.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
                    && import.names.iter().any(|alias| alias.name.as_str() == "annotations")
            }
            _ => false,
        });
        if known_imports::IMPORT_ERRORS.iter().any(|name| bound.contains_key(*name)) {
            // Then it catches something else by that name.
            let checked = std::mem::take(&mut census.checked);
            census.guarded.extend(checked);
        }
        let path = |callee: &Expr| dotted_path(&bound, callee);
        let switches = switches::imports(body, &path);
        let thread_bound = thread_bound::names(body, &path);
        for (position, _) in switches.iter().filter(|(_, before)| before.eagerly) {
            census.guarded_statement(&body[*position]);
        }
        let Census { namespace_readers, frame_namespaces, asks_subclasses, guarded, checked, removed, .. } = census;
        let records = super::named_tuples::bindings(body, &path).into_iter();
        let records = records.filter(|(name, times)| bound.get(*name).is_some_and(|bound| bound.times == *times));
        let records = records.map(|(name, _)| name.to_owned()).collect();
        Self {
            records,
            switches,
            thread_bound,
            input,
            settled,
            bound,
            star: found.star.is_some(),
            future_annotations,
            namespace_readers,
            frame_namespaces,
            asks_subclasses,
            submodules,
            handles,
            removed,
            guarded,
            checked,
        }
    }

    pub(super) fn standing(&self, name: &str) -> Standing {
        match self.bound.get(name) {
            None => Standing::Free,
            Some(bound) if bound.outside => Standing::Outside,
            Some(_) => Standing::Owned,
        }
    }

    /// Some statement says that it binds the name.
    pub(super) fn binds(&self, name: &str) -> bool {
        self.bound.contains_key(name)
    }

    /// One statement binds the name, and nothing else does.
    pub(super) fn is_bound_once(&self, name: &str) -> bool {
        self.bound.get(name).is_some_and(|bound| bound.times == 1)
    }

    /// All that is ever bound to the name are functions and classes.
    pub(super) fn is_definition(&self, name: &str) -> bool {
        self.bound.get(name).is_some_and(|bound| bound.definitions)
    }

    /// Whether the name stands for a class of this module.
    pub(super) fn class(&self, name: &str) -> Class {
        match self.bound.get(name) {
            Some(bound) if bound.classes == 0 => Class::Never,
            Some(bound) if bound.classes == bound.times => Class::Always,
            Some(_) => Class::Sometimes,
            None => Class::Never,
        }
    }

    /// The dotted absolute name of what a module-level name stands for.
    pub(super) fn path(&self, name: &str) -> Option<CompactString> {
        match self.bound.get(name) {
            None if self.star => None,
            None => Some(format_compact!("builtins.{name}")),
            Some(bound) if bound.times == 1 => bound.path.clone(),
            Some(_) => None,
        }
    }

    /// The same, if no star import binds the name again.
    pub(super) fn hidden_path(&self, name: &str) -> Option<CompactString> {
        self.bound.get(name).filter(|bound| bound.times - bound.hidden == 1)?.path.clone()
    }

    /// Annotations are evaluated where they stand.
    pub(super) fn eager_annotations(&self) -> bool {
        !self.future_annotations && self.input.version < (3, 14)
    }
}

/// What a name, or an attribute of it, stands for, when an import says so that is the only binding of the name.
fn dotted_path(bound: &FxHashMap<String, Bound>, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => {
            let bound = bound.get(name.id.as_str())?;
            (bound.times == 1).then(|| bound.path.as_ref().map(ToString::to_string)).flatten()
        }
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted_path(bound, &attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// Fills what conditions may rely on from the bindings that hold when no condition is settled.
fn settle(found: &Bindings<'_>, input: &Input<'_>) -> Settled {
    let mut times: BTreeMap<&str, (usize, Option<&How>)> = BTreeMap::new();
    for (name, how) in &found.names {
        let entry = times.entry(name).or_default();
        *entry = (entry.0 + 1, Some(how));
    }
    let only = |wanted: &dyn Fn(&How) -> bool| -> BTreeSet<String> {
        times
            .iter()
            .filter(|(_, (count, how))| *count == 1 && how.is_some_and(wanted))
            .map(|(name, _)| (*name).to_owned())
            .collect()
    };
    let path = |how: &How, wanted: &[&str]| matches!(how, How::Import(Some(path)) if wanted.contains(&path.as_str()));
    let mut never = only(&|how| path(how, &["typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"]));
    if times.get("TYPE_CHECKING").is_some_and(|(count, how)| *count == 1 && *how == Some(&How::Literal(Some(false)))) {
        never.insert("TYPE_CHECKING".to_owned());
    }
    if found.star.is_some() {
        // Whatever it binds, it is not the module's own name.
        return Settled {
            imported: input.module != "__main__" && !times.contains_key("__name__"),
            ..Settled::default()
        };
    }
    Settled {
        version: Some(input.version),
        platform: input.platform.to_owned(),
        imported: input.module != "__main__" && !times.contains_key("__name__"),
        never,
        typing: only(&|how| path(how, &["typing", "typing_extensions"])),
        sys: only(&|how| path(how, &["sys"])),
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
fn first_imports(body: &[Stmt], input: &Input<'_>) -> BTreeMap<String, TextSize> {
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
    use crate::parse::with_tree;

    fn check(source: &str, name: &str, expected: &str) {
        let input =
            Input { source, module: "p.q", is_package: false, version: (3, 12), platform: "linux", without: "" };
        let got = with_tree(source, |body| {
            let shape = Shape::new(body, input);
            format!("{:?} {}", shape.standing(name), shape.path(name).unwrap_or_default())
        });
        assert_eq!(got.as_deref(), Ok(expected), "{name} in {source}");
    }

    #[test]
    fn names_stand_for_what_they_are_bound_to() {
        check("import os.path as p", "p", "Outside os.path");
        check("import os.path", "os", "Outside os");
        check("try: import json\nexcept ImportError: json = None", "json", "Outside ");
        check("x = {}", "x", "Owned ");
        check("", "len", "Free builtins.len");
        check("from m import *", "len", "Free ");
        check("import os\ndef f():\n global os", "os", "Owned ");
    }

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
