//! Which names certainly exist after some statements have completed.
//!
//! Which question does this file answer? "If all these statements complete without raising, is this name bound?"
//!
//! ```python
//! if a: x = 1
//! else: x = 2; y = 3          # x exists, y may not
//! try: import json            # json exists: the handler binds it, or never completes
//! except ImportError: raise
//! with lock: z = 1            # z may not exist: a context manager may swallow what its body raises
//! del x                       # x doesn't exist
//! ```
//!
//! It is a forward must-analysis, separate from the walker because it needs order and the walker is proud of needing none.

use std::collections::BTreeSet;

use super::parse::ast::{self, Pattern, Stmt};
use super::pieces::aliases_of;
use super::plan::Part;
use super::scope::{How, bindings, bound_name};
use super::settle::Settled;

/// What a part of the code makes of the names that exist for sure; `None` where control never arrives.
type State<'a> = Option<Change<'a>>;

/// A name is in one of the two sets at most.
#[derive(Default)]
struct Change<'a> {
    added: BTreeSet<&'a str>,
    /// They may not exist any more.
    removed: BTreeSet<&'a str>,
}

impl<'a> Change<'a> {
    fn insert(&mut self, name: &'a str) {
        self.removed.remove(name);
        self.added.insert(name);
    }

    fn remove(&mut self, name: &'a str) {
        self.added.remove(name);
        self.removed.insert(name);
    }

    fn then(mut self, next: Self) -> Self {
        next.removed.into_iter().for_each(|name| self.remove(name));
        next.added.into_iter().for_each(|name| self.insert(name));
        self
    }
}

/// The names bound for sure by executing the parts of statements one after the other.
pub(super) fn definite<'a>(parts: impl Iterator<Item = (&'a Stmt, Part)>, settled: &Settled) -> BTreeSet<&'a str> {
    let mut state = Some(Change::default());
    for (stmt, part) in parts {
        state = match part {
            Part::Annotation => continue,
            Part::Alias(_) => {
                if let Some(state) = &mut state {
                    aliases_of(stmt, part).iter().for_each(|alias| state.insert(bound_name(stmt, alias)));
                }
                state
            }
            Part::Whole | Part::Value => step(stmt, state, settled),
        };
    }
    state.unwrap_or_default().added
}

fn run<'a>(body: &'a [Stmt], mut state: State<'a>, settled: &Settled) -> State<'a> {
    for stmt in body {
        state = step(stmt, state, settled);
    }
    state
}

/// Where two paths meet.
fn meet<'a>(one: State<'a>, two: State<'a>) -> State<'a> {
    match (one, two) {
        (None, other) | (other, None) => other,
        (Some(mut one), Some(two)) => {
            one.added.retain(|name| two.added.contains(name));
            one.removed.extend(two.removed);
            Some(one)
        }
    }
}

fn step<'a>(stmt: &'a Stmt, state: State<'a>, settled: &Settled) -> State<'a> {
    let mut state = state?;
    match stmt {
        Stmt::Raise(_) | Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => return None,
        Stmt::If(branch) => {
            let mut end: State<'a> = if settled.is_exhaustive(branch) { None } else { Some(Change::default()) };
            for live in settled.branches(branch) {
                end = meet(end, run(live.body, Some(Change::default()), settled));
            }
            return Some(state.then(end?));
        }
        Stmt::Try(attempt) => {
            let after = run(&attempt.orelse, run(&attempt.body, Some(Change::default()), settled), settled);
            // A handler may start after any prefix of the body: only deletions of the body are kept.
            let before = || {
                let mut before = Change::default();
                remove_deleted(&attempt.body, &mut before, settled);
                Some(before)
            };
            let mut end = after;
            for handler in &attempt.handlers {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                let mut handled = run(&handler.body, before(), settled);
                if let (Some(handled), Some(name)) = (&mut handled, &handler.name) {
                    handled.remove(name.as_str());
                }
                end = meet(end, handled);
            }
            return Some(state.then(run(&attempt.finalbody, end, settled)?));
        }
        Stmt::Match(choice) => {
            let total = choice.cases.iter().any(|case| {
                case.guard.is_none() && matches!(&case.pattern, Pattern::MatchAs(pattern) if pattern.pattern.is_none())
            });
            let mut end: State<'a> = if total { None } else { Some(Change::default()) };
            for case in &choice.cases {
                end = meet(end, run(&case.body, Some(Change::default()), settled));
            }
            return Some(state.then(end?));
        }
        Stmt::For(_) | Stmt::While(_) | Stmt::With(_) => {
            remove_deleted(std::slice::from_ref(stmt), &mut state, settled);
        }
        _ => {
            let certain = certain_targets(stmt);
            for (name, how) in bindings(std::slice::from_ref(stmt), settled).names {
                if how == How::Delete {
                    state.remove(name);
                } else if certain.as_ref().is_none_or(|certain| certain.contains(name)) {
                    state.insert(name);
                }
            }
        }
    }
    Some(state)
}

fn remove_deleted<'a>(body: &'a [Stmt], state: &mut Change<'a>, settled: &Settled) {
    for (name, how) in bindings(body, settled).names {
        if how == How::Delete {
            state.remove(name);
        }
    }
}

/// Names that are not bound inside an expression, which may be skipped (`a or (b := 1)`); `None`: none is.
fn certain_targets(stmt: &Stmt) -> Option<BTreeSet<&str>> {
    let mut targets = Vec::new();
    match stmt {
        Stmt::Assign(assign) => {
            assign.targets.iter().for_each(|target| super::expressions::collect_targets(target, &mut targets));
        }
        Stmt::AugAssign(assign) => super::expressions::collect_targets(&assign.target, &mut targets),
        Stmt::AnnAssign(assign) => super::expressions::collect_targets(&assign.target, &mut targets),
        Stmt::FunctionDef(def) => targets.push(def.name.as_str()),
        Stmt::ClassDef(def) => targets.push(def.name.as_str()),
        Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::TypeAlias(_) => return None,
        _ => {}
    }
    Some(targets.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;

    fn check(source: &str, expected: &str) {
        let got = with_tree(source, |body| {
            let parts = body.iter().map(|stmt| (stmt, Part::Whole));
            let names: Vec<&str> = definite(parts, &Settled::default()).into_iter().collect();
            names.join(" ")
        });
        assert_eq!(got.as_deref(), Ok(expected), "{source}");
    }

    #[test]
    fn only_names_bound_on_every_path_are_definite() {
        check("x = 1\nif x: y = 2", "x");
        check("if a: x = 1\nelse: x = 2; y = 3", "x");
        check("if a: x = 1\nelif b: x = 2", "");
        check("try: import json\nexcept ImportError: json = None", "json");
        check("try: import json\nexcept ImportError: raise", "json");
        check("try: import json\nexcept ImportError: pass", "");
        check("try: x = 1\nexcept E as x: x = 2", "");
        check("x = 1\ndel x", "");
        check("x = y = 1\nif a: del x", "y");
        check("x = y = 1\nif a: del x\nelse: del y\nx = 2", "x");
        check("x = 1\nif a:\n del x\n x = 2", "x");
        check("x = 1\ntry: del x\nexcept E: pass", "");
        check("x = 1\ntry: del x\nfinally: x = 2", "x");
        check("for i in a: x = i", "");
        check("with a as b: x = 1", "");
        check("match a:\n case 1: x = 1\n case _: x = 2", "x");
        check("match a:\n case 1: x = 1", "");
        check("x = a or (y := 1)", "x");
        check("import a.b, c as d\nclass E: pass\ndef f(): pass", "E a d f");
    }
}
