//! From a partition and a prelude to the [`Plan`] that the later layers read.
//!
//! Which question does this file answer? "In which order do names become pending, pieces run and units depend on each
//! other?" It numbers everything: names by first binding, units by first piece, and builds the steps of the prelude so that
//! code running at import finds exactly the names that eager execution would have bound by then.
//!
//! ```python
//! a = f()             # step 1: announce a
//! print(a)            # step 2: run this, and line 1, because it reads a
//! b = f()             # step 3: announce b
//! ```
//!
//! It is separate because it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::definite::definite;
use super::guards::Guard;
use super::ids::{NameId, UnitId};
use super::known_imports;
use super::names::Symbol;
use super::parse::ast::Stmt;
use super::parse::{Lines, Ranged};
use super::partition::Partition;
use super::pieces::Role;
use super::plan::{Name, Piece, Plan, Statement, Step, Unit};
use super::prelude::AtImport;
use super::shape::Shape;
use super::summary::Summary;
use super::symbol_set::SymbolSet;

/// Where every top-level statement stands.
pub(super) fn statements(body: &[Stmt], lines: &Lines) -> Vec<Statement> {
    body.iter()
        .map(|stmt| {
            let range = stmt.range();
            let decorators = match stmt {
                Stmt::FunctionDef(def) => def.decorator_list.first(),
                Stmt::ClassDef(def) => def.decorator_list.first(),
                _ => None,
            };
            let start = decorators.map_or(range.start(), |decorator| decorator.start().min(range.start()));
            Statement {
                start: start.to_u32(),
                end: range.end().to_u32(),
                first_line: lines.line(start),
                last_line: lines.line(range.end()),
                body: None,
                needs_imports: true,
            }
        })
        .collect()
}

/// Names that every unit binds for sure.
pub(super) fn definite_names<'a>(
    body: &'a [Stmt],
    shape: &Shape<'_>,
    summary: &Summary,
    partition: &Partition,
) -> Vec<BTreeSet<&'a str>> {
    partition
        .units
        .iter()
        .map(|unit| {
            let parts = unit.iter().map(|position| {
                let piece = summary.pieces[*position];
                (&body[piece.statement.index()], piece.part)
            });
            let mut names = definite(parts, &shape.settled);
            names.retain(|name| !shape.removed.contains(*name));
            names
        })
        .collect()
}

/// Numbers everything, in a plan that has none of it yet.
pub(super) fn assemble(found: &Found<'_>, mut plan: Plan) -> Plan {
    let Found { body, shape, summary, touches, partition, at_import, symbols } = *found;
    let without = shape.input.without;
    let numbers = unit_numbers(partition, at_import);
    let definite = definite_names(body, shape, summary, partition);
    let mut order = binding_order(summary, partition);
    // CPython makes the dict of annotations before the first statement runs (`SETUP_ANNOTATIONS`)
    if let Some(at) = order.iter().position(|(symbol, _)| symbols.text(*symbol) == "__annotations__") {
        order[..=at].rotate_right(1);
    }
    let submodules: SymbolSet = summary.outcomes.iter().flat_map(|outcome| outcome.submodules.iter()).collect();
    let mut firsts: Vec<usize> = Vec::new();
    for (symbol, first) in &order {
        let unit = partition.unit_of[*first];
        let text = symbols.text(*symbol);
        let implicit = submodules.contains(*symbol)
            && partition.units[unit].iter().any(|position| summary.outcomes[*position].submodules.contains(*symbol));
        // The dict of annotations exists from the first statement on.
        let first = if text == "__annotations__" { 0 } else { *first };
        firsts.push(first);
        plan.names.push(Name {
            text: text.to_owned(),
            unit: numbers[unit],
            first: summary.pieces[first].statement,
            definite: implicit || definite[unit].contains(text) || text == "__annotations__" || text == "__doc__",
            submodule: submodules.contains(*symbol),
            only_submodule: shape.submodules.contains_key(text),
        });
    }
    name_annotations(body, shape, &mut plan);
    let of_units: BTreeSet<&str> =
        plan.names.iter().filter(|name| name.unit.is_some()).map(|name| name.text.as_str()).collect();
    for (number, unit) in partition.units.iter().enumerate() {
        if numbers[number].is_none() {
            continue;
        }
        let mut dependencies: Vec<UnitId> =
            partition.dependencies[number].iter().filter_map(|dependency| numbers[*dependency]).collect();
        dependencies.sort_unstable();
        let needed = |symbol: &Symbol| {
            partition.binders.get(symbol).and_then(BTreeSet::first).is_some_and(|first| {
                let binder = partition.unit_of[*first];
                binder == number || partition.dependencies[number].contains(&binder)
            })
        };
        let free: BTreeSet<&str> = unit
            .iter()
            .flat_map(|position| touches.pieces[*position].reads.iter())
            .map(|symbol| (symbol, symbols.text(symbol)))
            .filter(|(symbol, text)| !of_units.contains(text) || !needed(symbol))
            .map(|(_, text)| text)
            .collect();
        let mut guard = unit.iter().map(|position| summary.outcomes[*position].guard).max().unwrap_or_default();
        if guard == Guard::Checked && known_imports::IMPORT_ERRORS.iter().any(|name| shape.binds(name)) {
            guard = Guard::Guarded;
        }
        plan.units.push(Unit {
            pieces: unit.iter().map(|position| summary.pieces[*position]).collect(),
            dependencies,
            free_reads: free.into_iter().filter(|_| without != "outside-writes").map(str::to_owned).collect(),
            only_imports: unit.iter().all(|position| {
                matches!(body[summary.pieces[*position].statement.index()], Stmt::Import(_) | Stmt::ImportFrom(_))
            }),
            may_import: unit.iter().any(|position| touches.pieces[*position].may_import),
            may_fail: unit.iter().any(|position| touches.pieces[*position].may_fail),
            guarded_imports: guard == Guard::Guarded && without != "guarded-imports",
            checked_imports: guard == Guard::Checked && without != "checked-imports",
        });
    }
    plan.prelude = steps(found, &plan.names, &firsts);
    plan
}

/// Numbers of the units that are deferred.
fn unit_numbers(partition: &Partition, at_import: &AtImport) -> Vec<Option<UnitId>> {
    let mut next = 0usize;
    (0..partition.units.len())
        .map(|unit| {
            if at_import.contains(unit) {
                return None;
            }
            next += 1;
            Some(UnitId::from(next - 1))
        })
        .collect()
}

/// Names in the order of their first binding.
fn binding_order(summary: &Summary, partition: &Partition) -> Vec<(Symbol, usize)> {
    let mut by_piece: BTreeMap<usize, Vec<Symbol>> = BTreeMap::new();
    for (symbol, positions) in &partition.binders {
        if let Some(first) = positions.first() {
            by_piece.entry(*first).or_default().push(*symbol);
        }
    }
    let mut order = Vec::new();
    for (position, mut names) in by_piece {
        let mut rank: BTreeMap<Symbol, usize> = BTreeMap::new();
        for (at, (symbol, _)) in summary.outcomes[position].bound.iter().enumerate() {
            rank.entry(*symbol).or_insert(at);
        }
        names.sort_by_key(|symbol| (rank.get(symbol).copied().unwrap_or(usize::MAX), *symbol));
        order.extend(names.into_iter().map(|symbol| (symbol, position)));
    }
    order
}

/// On 3.14 and newer, module-level annotations bind other names than they seem to (`codegen.c`,
/// `codegen_annotations_in_scope`): a module may be executed partially, so all of them count as conditional.
fn name_annotations(body: &[Stmt], shape: &Shape<'_>, plan: &mut Plan) {
    if shape.input.version < (3, 14) || shape.future_annotations {
        return;
    }
    let annotated = |stmt: &Stmt| {
        matches!(stmt, Stmt::AnnAssign(assign) if assign.simple) || super::pieces::has_nested_annotation(stmt)
    };
    let Some(position) = plan.names.iter().position(|name| name.text == "__annotations__") else { return };
    if !body.iter().any(annotated) {
        return;
    }
    let bound = |text: &str| Name { text: text.to_owned(), unit: None, definite: true, ..plan.names[position].clone() };
    // The prelude binds both, so they may stand anywhere behind; the end keeps the positions of the others.
    let twins = [bound("__annotate__"), bound("__conditional_annotations__")];
    if shape.binds("__annotations__") {
        plan.names.extend(twins);
    } else {
        let [first, second] = twins;
        plan.names[position] = first;
        plan.names.push(second);
    }
}

/// The prelude, in order.
fn steps(found: &Found<'_>, names: &[Name], firsts: &[usize]) -> Vec<Step> {
    let Found { shape, summary, touches, partition, at_import, .. } = *found;
    let prelude: Vec<usize> =
        (0..summary.pieces.len()).filter(|position| at_import.contains(partition.unit_of[*position])).collect();
    // what has to stand first in a file, and what CPython 3.14 and newer put there: the function that makes annotations
    let leads = |position: usize| matches!(summary.roles[position], Role::Docstring | Role::Future);
    let (head, prelude) = prelude.split_at(prelude.iter().take_while(|position| leads(**position)).count());
    let early = |position: usize| summary.roles[position] == Role::Annotation && shape.input.version >= (3, 14);
    let (annotations, prelude): (Vec<usize>, Vec<usize>) = prelude.iter().partition(|position| early(**position));
    let mut steps: Vec<Step> = Vec::new();
    let mut run: Vec<Piece> = head.iter().chain(&annotations).map(|position| summary.pieces[*position]).collect();
    let mut announced = 0;
    // the dict of annotations exists before the first statement runs
    if names.first().is_some_and(|name| name.text == "__annotations__" && name.unit.is_some()) {
        steps.push(Step::Announce(NameId::from(0), NameId::from(1)));
        announced = 1;
    }
    let end_run = |steps: &mut Vec<Step>, run: &mut Vec<Piece>| {
        if !run.is_empty() {
            steps.push(Step::Run(std::mem::take(run)));
        }
    };
    let announce = |steps: &mut Vec<Step>, run: &mut Vec<Piece>, announced: &mut usize, until: usize| {
        if names[*announced..until].iter().any(|name| name.unit.is_some()) {
            end_run(steps, run);
            steps.push(Step::Announce(NameId::from(*announced), NameId::from(until)));
        }
        *announced = until;
    };
    // from where on the module has names that no unit of its own binds: copies, and a package's submodules
    let others = summary
        .outcomes
        .iter()
        .position(|outcome| outcome.star || !outcome.imports.is_empty() && shape.input.is_package);
    for position in prelude {
        let until = firsts.partition_point(|first| *first < position).max(announced);
        announce(&mut steps, &mut run, &mut announced, until);
        if touches.pieces[position].lists_modules && shape.input.without != "lists-modules" {
            end_run(&mut steps, &mut run);
            steps.push(Step::CompleteModules);
        }
        let looks = touches.pieces[position].any_name || !summary.outcomes[position].heads.is_empty();
        if looks && others.is_some_and(|first| first < position) && shape.input.without != "whole-namespace" {
            end_run(&mut steps, &mut run);
            steps.push(Step::CompleteNamespace);
        }
        run.push(summary.pieces[position]);
    }
    announce(&mut steps, &mut run, &mut announced, names.len());
    end_run(&mut steps, &mut run);
    steps
}
