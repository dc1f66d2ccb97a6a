//! What must be known about the whole module before its first statement is walked.
//!
//! Terms: a name is *free* when no statement of the module binds it (a built-in, a name from a star import, or nobody's);
//! it is *outside* when all that is ever bound to it are imported objects and `None`, so that changing it is an effect on
//! somebody else's object; it is *owned* otherwise. A name's *path* is the dotted absolute name of what it stands for, when all
//! that binds it are imports of that.
//!
//! ```python
//! import os.path as p          # outside, path `os.path`
//! try: import json             # outside, no path: it may be `None`
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
use super::parse::TextSize;
use super::parse::ast::{Expr, Stmt};
use super::prelude::is_builtin_name;
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
    /// It may stand for something else than that, even if no star import binds it.
    elsewhere: bool,
}

impl Bound {
    /// Something binds the name to what the path stands for, or to what is not known.
    fn lead_to(&mut self, path: Option<&str>) {
        self.elsewhere |= path.is_none() || self.path.as_deref().is_some_and(|known| Some(known) != path);
        self.path = self.path.take().or_else(|| path.map(CompactString::from));
    }

    fn path(&self) -> Option<&CompactString> {
        self.path.as_ref().filter(|_| !self.elsewhere)
    }
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
    /// The module looks up modules by their names.
    module_readers: bool,
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
    /// Modules that some block imports, or something from them.
    pub(super) imported: BTreeSet<String>,
}

impl<'a> Shape<'a> {
    pub(super) fn new(body: &'a [Stmt], input: Input<'a>) -> Self {
        let settled = settle(&bindings(body, &Settled::default()), &input);
        let found = bindings(body, &settled);
        let mut census = Census::of(body, &input, &settled);
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
                elsewhere: false,
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
            match how {
                // from then on it may be the built-in one
                How::Delete => entry.elsewhere |= is_builtin_name(name),
                How::Import(path) => entry.lead_to(path.as_deref()),
                _ => entry.lead_to(None),
            }
        }
        for name in census.globals.iter().chain(&census.stored) {
            let entry = bound.entry(name.clone()).or_default();
            entry.lead_to(None);
            entry.times += 2;
            entry.outside = false;
            entry.definitions = false;
        }
        let mut submodules = super::imports::first_imports(body, &input);
        for name in &census.submodules {
            // The import system binds it whenever that import runs.
            let entry = bound.entry(name.clone()).or_insert(Bound { times: 0, outside: true, ..Bound::default() });
            if entry.times > 0 {
                submodules.remove(name);
            }
            entry.lead_to(None);
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
        name_aliases(body, &mut bound);
        let path = |callee: &Expr| dotted_path(&bound, callee);
        let switches = switches::imports(body, &path);
        let thread_bound = thread_bound::names(body, &path);
        for (position, _) in switches.iter().filter(|(_, before)| before.eagerly) {
            census.guarded_statement(&body[*position]);
        }
        let Census {
            namespace_readers,
            frame_namespaces,
            module_readers,
            asks_subclasses,
            guarded,
            checked,
            imported,
            removed,
            ..
        } = census;
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
            module_readers,
            asks_subclasses,
            submodules,
            imported,
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

    /// More than one statement binds the name, or code that binds any.
    pub(super) fn may_be_bound_again(&self, name: &str) -> bool {
        self.namespace_readers || self.frame_namespaces || self.module_readers || !self.is_bound_once(name)
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
            Some(bound) if bound.hidden == 0 => bound.path().cloned(),
            Some(_) => None,
        }
    }

    /// The same, if no star import binds the name again.
    pub(super) fn hidden_path(&self, name: &str) -> Option<CompactString> {
        self.bound.get(name)?.path().cloned()
    }

    /// Annotations are evaluated where they stand.
    pub(super) fn eager_annotations(&self) -> bool {
        !self.future_annotations && self.input.version < (3, 14)
    }
}

/// What a name, or an attribute of it, stands for, when all that binds the name are imports that say so.
fn dotted_path(bound: &FxHashMap<String, Bound>, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => {
            let bound = bound.get(name.id.as_str())?;
            bound.path().filter(|_| bound.hidden == 0).map(ToString::to_string)
        }
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted_path(bound, &attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// Gives names that are bound once, to what an import has bound, the path of that: `join = os.path.join`.
fn name_aliases(body: &[Stmt], bound: &mut FxHashMap<String, Bound>) {
    for stmt in body {
        let Stmt::Assign(assign) = stmt else { continue };
        let [Expr::Name(target)] = &*assign.targets else { continue };
        let name = target.id.as_str();
        if bound.get(name).is_none_or(|bound| bound.times != 1) || is_builtin_name(name) {
            continue;
        }
        if let Some(path) = dotted_path(bound, &assign.value)
            && let Some(alias) = bound.get_mut(name)
        {
            (alias.path, alias.elsewhere) = (Some(path.into()), false);
        }
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
        check("import sys\nimport sys", "sys", "Outside sys");
        check("import a.x as sys\nimport a.y as sys", "sys", "Outside ");
        check("import os\njoin = os.path.join", "join", "Owned os.path.join");
        check("import os\nif os: open = os.open", "open", "Owned ");
        check("import os\njoin = os.path.join\njoin = 1", "join", "Owned ");
        check("from re import compile\ndel compile", "compile", "Outside ");
        check("from re import sub\ndel sub", "sub", "Outside re.sub");
    }
}
