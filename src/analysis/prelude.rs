//! What runs at import, and when names become pending.
//!
//! Terms: the *prelude* is all that runs at import; a *barrier* is a piece that may read or bind any name, so that
//! everything up to it must run as eager execution would; a piece is *inert* when running it runs no code that could look
//! at the module (literals, plain definitions, from 3.14 on annotations).
//!
//! ```python
//! A = load()            # pending from the first step on
//! print("x")            # prelude: an effect outside the module; sees A pending, B not there
//! B = load()            # pending after it
//! from m import *       # barrier: A, B and everything else before it are in the prelude too
//! C = load()            # pending at the end
//! ```
//!
//! The prelude is closed: with a piece, its whole unit is in it, and every unit on which that one depends. A deferred unit
//! may also be touched by code that the prelude runs; so a unit that has bound a name before such a piece, and continues
//! after it, is in the prelude as well. It is a file of its own because "at import or later?" is asked after all joining
//! is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::graph::components;
use super::ids::StmtId;
use super::names::{Symbol, Symbols};
use super::outside_order::outside_order;
use super::parse::ast::{Expr, Stmt};
use super::partition::Partition;
use super::pieces::Role;
use super::plan::Part;
use super::reason::Reason;
use super::shape::Shape;
use super::summary::{Summary, is_literal_binding};
use super::symbol_set::SymbolSet;
use super::touches::Touches;

/// Rounds of the straddling rule, after which every unit with more than one piece is in the prelude.
const ROUNDS: usize = 64;

/// Names that the interpreter or the import system looks up in a module by itself.
const SYSTEM: [&str; 19] = [
    "__annotate__",
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__class__",
    "__conditional_annotations__",
    "__debug__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__file__",
    "__getattr__",
    "__lazy_modules__",
    "__loader__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
    "__warningregistry__",
];

/// Names that definitions and imports read without saying so (PITFALLS 44, 45).
const READ_SILENTLY: [&str; 7] =
    ["__name__", "__builtins__", "__spec__", "__package__", "__file__", "__path__", "__loader__"];

/// The names of `builtins`, one a line.
const BUILTINS: &str = include_str!("builtins.txt");

static BUILTIN_NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| BUILTINS.split_whitespace().collect());

/// The name is one of the interpreter's built-in names, in any supported version.
pub(super) fn is_builtin_name(name: &str) -> bool {
    BUILTIN_NAMES.contains(name)
}

/// A name that begins like this may be one that definitions, imports or the interpreter look up without saying so, or a
/// built-in one.
pub(super) fn is_looked_up_silently(head: &str) -> bool {
    SYSTEM.iter().chain(&READ_SILENTLY).copied().chain(BUILTINS.split_whitespace()).any(|name| name.starts_with(head))
}

/// Units that run at import, each with the reason; the reason belongs to the piece at the given position.
pub(super) struct AtImport {
    pub(super) reasons: BTreeMap<usize, (usize, Reason)>,
}

impl AtImport {
    pub(super) fn contains(&self, unit: usize) -> bool {
        self.reasons.contains_key(&unit)
    }

    /// For every piece: it runs at import, and would also do so if more of them were joined.
    pub(super) fn certain(&self, partition: &Partition) -> Vec<bool> {
        let stays = |unit: &usize| self.reasons.get(unit).is_some_and(|(_, why)| *why != Reason::Literal);
        partition.unit_of.iter().map(stays).collect()
    }
}

/// What the decision rests on.
pub(super) struct Evidence<'e> {
    pub(super) body: &'e [Stmt],
    pub(super) shape: &'e Shape<'e>,
    pub(super) summary: &'e Summary,
    pub(super) touches: &'e Touches,
    pub(super) partition: &'e Partition,
    pub(super) symbols: &'e Symbols,
    /// Names that the hook binds, or whose objects it changes.
    pub(super) hook_disturbs: &'e SymbolSet,
    /// Names that every unit binds for sure.
    pub(super) definite: &'e [BTreeSet<&'e str>],
}

/// Decides what runs at import.
pub(super) fn at_import(evidence: &Evidence<'_>) -> AtImport {
    let Evidence { body, shape, summary, touches, partition, symbols, hook_disturbs, definite } = *evidence;
    let mut queue: Vec<(usize, Reason)> = Vec::new();
    let mut barrier: Option<(usize, Reason)> = None;
    for (position, touch) in touches.pieces.iter().enumerate() {
        match summary.roles[position] {
            Role::Docstring | Role::Future => queue.push((position, Reason::Opening)),
            Role::Declaration => queue.push((position, Reason::Declaration)),
            Role::Annotation if shape.input.version >= (3, 14) => queue.push((position, Reason::Annotations)),
            Role::Annotation | Role::Ordinary => {}
        }
        if let Some(why) = &touch.at_import {
            queue.push((position, Reason::Effect(why.clone())));
        }
        for symbol in &touch.binds {
            let name = symbols.text(symbol);
            if READ_SILENTLY.contains(&name) {
                barrier = Some((position, Reason::SilentName));
            } else if SYSTEM.contains(&name) && !(name == "__annotations__" && shape.input.version < (3, 14)) {
                queue.push((position, Reason::System(name.to_owned())));
            }
            if hook_disturbs.contains(symbol) {
                queue.push((position, Reason::Hook(name.to_owned())));
            }
        }
        if shape.asks_subclasses && defines_subclass(&body[summary.pieces[position].statement.index()]) {
            queue.push((position, Reason::Subclasses));
        }
        if let Some(before) = shape.switches.get(&summary.pieces[position].statement.index()) {
            queue.push((position, Reason::BeforeSwitch(StmtId::from(before.switch))));
        }
        if touch.thread_bound {
            queue.push((position, Reason::ThreadBound));
        }
        if touch.lists_modules {
            queue.push((position, Reason::ListsModules));
        }
        if touch.any_name {
            barrier = Some((position, Reason::AnyName));
        }
        if summary.outcomes[position].star {
            barrier = Some((position, Reason::Star));
        }
        for head in &summary.outcomes[position].heads {
            let why = Reason::ComputedNames(head.clone());
            let meets = |symbol: Symbol| symbols.text(symbol).starts_with(head.as_str());
            let earlier = touches.pieces[..position].iter().enumerate();
            let met = earlier.filter(|(_, touch)| touch.reads.iter().chain(&touch.binds).any(meets));
            if why.kind() != shape.input.without {
                queue.extend(met.map(|(earlier, _)| (earlier, Reason::BeforeBarrier(Box::new(why.clone())))));
            }
        }
    }
    let without = shape.input.without;
    barrier = barrier.filter(|(_, why)| why.kind() != without);
    if let Some((last, why)) = &barrier {
        queue.push((*last, why.clone()));
    }
    for unit in &partition.units {
        let piece = summary.pieces[unit[0]];
        if unit.len() == 1 && is_literal_binding(&body[piece.statement.index()], piece.part) {
            queue.push((unit[0], Reason::Literal));
        }
    }
    if let Some((last, why)) = barrier {
        queue.extend((0..last).map(|position| (position, Reason::BeforeBarrier(Box::new(why.clone())))));
    }
    for (symbol, positions) in &partition.binders {
        let name = symbols.text(*symbol);
        // Nearly all names are definite: few have to be looked for among the builtins.
        for position in positions {
            if !definite[partition.unit_of[*position]].contains(name) && is_builtin_name(name) {
                queue.push((*position, Reason::MayUnbind(name.to_owned())));
            }
        }
    }
    queue.extend(outside_order(summary, touches, shape, symbols));
    let mut found = AtImport { reasons: BTreeMap::new() };
    add(&mut found, queue, partition, summary, without);
    straddle(&mut found, evidence);
    found
}

/// Adds the units of pieces, and all on which these depend, but for the reason that is left out.
fn add(found: &mut AtImport, queue: Vec<(usize, Reason)>, partition: &Partition, summary: &Summary, without: &str) {
    let mut stack: Vec<(usize, usize, Reason)> =
        queue.into_iter().rev().map(|(position, why)| (partition.unit_of[position], position, why)).collect();
    while let Some((unit, position, why)) = stack.pop() {
        if found.contains(unit) || why.kind() == without {
            continue;
        }
        for dependency in &partition.dependencies[unit] {
            let statement = summary.pieces[partition.units[unit][0]].statement;
            let first = partition.units[*dependency][0];
            stack.push((*dependency, first, Reason::Needed(statement)));
        }
        found.reasons.insert(unit, (position, why));
    }
}

/// Units that are under way when the prelude runs code, or need one that stands behind it: a function that binds a name waits
/// for who asks for the name.
fn straddle(found: &mut AtImport, evidence: &Evidence<'_>) {
    let Evidence { shape, summary, partition, .. } = *evidence;
    let mut announced: Vec<Option<usize>> = vec![None; partition.units.len()];
    for positions in partition.binders.values() {
        if let Some(first) = positions.first() {
            let entry = &mut announced[partition.unit_of[*first]];
            *entry = Some(entry.map_or(*first, |position| position.min(*first)));
        }
    }
    let lasts = lasts(partition);
    for round in 0..=ROUNDS {
        let active: BTreeSet<usize> = found
            .reasons
            .keys()
            .flat_map(|unit| partition.units[*unit].iter().copied())
            .filter(|position| !is_inert(evidence, *position))
            .collect();
        let mut queue = Vec::new();
        for (number, unit) in partition.units.iter().enumerate() {
            let (Some(announced), last) = (announced[number], lasts[number]) else { continue };
            if found.contains(number) || announced >= last {
                continue;
            }
            if round == ROUNDS || active.range(announced + 1..last).next().is_some() {
                queue.push((unit[0], Reason::Straddles));
            }
        }
        if queue.is_empty() {
            return;
        }
        add(found, queue, partition, summary, shape.input.without);
    }
}

/// By unit, its last piece, or the last of all that it needs.
fn lasts(partition: &Partition) -> Vec<usize> {
    let edges: Vec<Vec<u32>> = partition
        .dependencies
        .iter()
        .map(|needed| needed.iter().map(|unit| u32::try_from(*unit).unwrap_or(0)).collect())
        .collect();
    let (component, count) = components(&edges);
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|unit| component[*unit]);
    debug_assert_eq!(count, edges.len());
    let mut lasts: Vec<usize> = partition.units.iter().map(|unit| unit.last().copied().unwrap_or(0)).collect();
    for unit in order {
        let needed = partition.dependencies[unit].iter().map(|needed| lasts[*needed]).max();
        lasts[unit] = lasts[unit].max(needed.unwrap_or(0));
    }
    lasts
}

/// Running the piece runs no code that could look at the module.
fn is_inert(evidence: &Evidence<'_>, position: usize) -> bool {
    let Evidence { shape, body, summary, .. } = *evidence;
    let piece = summary.pieces[position];
    let stmt = &body[piece.statement.index()];
    match summary.roles[position] {
        Role::Docstring | Role::Future | Role::Declaration => true,
        // evaluated when somebody asks (PEP 649)
        Role::Annotation => shape.input.version >= (3, 14),
        Role::Ordinary => match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.is_empty()
                    && def.parameters.iter_non_variadic_params().all(|parameter| {
                        parameter.default.as_ref().is_none_or(|default| super::statements::is_literal(default))
                            && parameter.parameter.annotation.is_none()
                    })
                    && def.returns.is_none()
            }
            Stmt::Assign(assign) => {
                assign.targets.iter().all(Expr::is_name_expr) && super::statements::is_literal(&assign.value)
            }
            Stmt::AnnAssign(_) => piece.part == Part::Value && is_literal_binding(stmt, piece.part),
            _ => false,
        },
    }
}

/// The statement defines a class that has bases.
fn defines_subclass(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::ClassDef(class) => class.arguments.as_ref().is_some_and(|arguments| !arguments.args.is_empty()),
        Stmt::If(branch) => {
            branch.body.iter().any(defines_subclass)
                || branch.elif_else_clauses.iter().any(|clause| clause.body.iter().any(defines_subclass))
        }
        Stmt::Try(attempt) => {
            [&attempt.body, &attempt.orelse, &attempt.finalbody].iter().any(|body| body.iter().any(defines_subclass))
        }
        Stmt::For(each) => each.body.iter().any(defines_subclass),
        Stmt::With(with) => with.body.iter().any(defines_subclass),
        _ => false,
    }
}
