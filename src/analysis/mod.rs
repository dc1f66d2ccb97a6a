//! Python source → [`Plan`]: statements, names, effects, units, dependencies, diagnostics.
//!
//! Pure Rust on ruff's parser; deterministic; no Python, no files, so that it can be fuzzed, property-tested and run over
//! a hundred thousand files in parallel. It is total: whatever the input, it ends with a plan or with [`Unparsable`], in
//! time that grows about as the source does. What it can't show to be independent it keeps together; a module of which it
//! can show nothing is one unit.
//!
//! ```python
//! a = random.randrange(2)
//! b = random.randrange(2)
//! c = 2
//! if a > 0:
//!     c = 1
//! d = b > 0 or c          # touching d runs all five, b one, c three (c = 2, a, and the `if`)
//! ```
//!
//! How a plan is made, file by file:
//!
//! | step | files |
//! |---|---|
//! | text to tree, names to numbers | `parse` (the only one that names ruff), `names` |
//! | the module as a whole: what is bound where, what is settled, what is declared | `scope`, `settle`, `census`, `guards`, `named_tuples`, `switches`, `thread_bound`, `shape`, `declaration` |
//! | what can be taken apart | `pieces` |
//! | what one piece does, by walking it until nothing new is learnt | `walk`, `objects`, `expressions`, `lookups`, `ambient`, `calls`, `calls_outside`, `handing_over`, `methods`, `known`, `known_methods`, `known_attributes`, `known_imports`, `own_module`, `namespace`, `computed_names`, `frames`, `statements`, `targets`, `patterns`, `definitions`, `decorators`, `classes`, `instances`, `imports`; records in `value`, `effects`, `outcome`, `symbol_set`; repeated by `summary` |
//! | what runs what, and what code that a name leads to does, calls included | `running`, `closure`, `wake` |
//! | what one piece does to names, all included | `touches`, `assertions` |
//! | what must run together, what needs what | `partition`, `graph` |
//! | what runs at import | `prelude` |
//! | numbers, steps | `assemble`, `definite`; the result is `plan`, `ids` |
//! | why, and at what price | `diagnostics`, `explain`, `reason`, `laziness` |
//! | whether a plan may be relied on | `invariants`, `rules` |
//! | what is cheaper to compile by itself | `apart` |
//!
//! It is a layer of its own because soundness is argued here and nowhere else.

#![forbid(unsafe_code)]

mod ambient;
pub mod apart;
mod assemble;
mod assertions;
mod attributes;
mod calls;
mod calls_known;
mod calls_outside;
mod census;
mod classes;
mod closure;
mod computed_names;
mod declaration;
mod decorators;
mod definite;
mod definitions;
pub mod diagnostics;
mod earlier;
mod effects;
pub mod explain;
mod expressions;
mod frames;
mod graph;
mod guards;
mod handing_over;
pub mod ids;
mod imports;
mod instances;
pub mod invariants;
mod keeping;
mod known;
mod known_attributes;
mod known_imports;
mod known_methods;
pub mod laziness;
mod learning;
mod lookups;
mod methods;
mod named_tuples;
mod names;
mod namespace;
mod objects;
mod outcome;
mod outside_order;
mod own_module;
mod parse;
mod partition;
mod patterns;
mod pieces;
pub mod plan;
mod prelude;
mod reason;
pub mod rules;
mod running;
mod scope;
mod settle;
mod shape;
mod statements;
mod summary;
mod switches;
mod symbol_set;
mod targets;
mod thread_bound;
mod touches;
mod value;
mod wake;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use diagnostics::Diagnostic;
pub use explain::{Explained, ExplainedUnit, Explanation, Join, UnknownName, Why, explain};
pub use parse::Unparsable;
pub use reason::Reason;

use closure::Closure;
use effects::Effects;
use explain::Remembered;
use names::Symbols;
use parse::ast::Stmt;
use parse::{Lines, Ranged};
use partition::Partition;
use pieces::Role;
use plan::{Plan, Statement};
use prelude::AtImport;
use running::Code;
use shape::Shape;
use summary::Summary;
use symbol_set::SymbolSet;
use touches::{Reach, Touches};

/// A module to analyse.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The decoded source.
    pub source: &'a str,
    /// The module's dotted absolute name; `"__main__"` for a script.
    pub module: &'a str,
    /// The module is a package's `__init__`.
    pub is_package: bool,
    /// The interpreter's version, (3, 11) to (3, 15).
    pub version: (u8, u8),
    /// Its `sys.platform`.
    pub platform: &'a str,
    /// A rule that is left out ([`rules::RULES`], [`apart::ALL`]), so that tests can show what it is for; empty: none.
    pub without: &'a str,
}

/// Top-level statements of a module that is analysed; each costs some kilobytes of memory. The largest known modules have
/// a tenth of it.
pub const MAX_STATEMENTS: usize = 50_000;

/// What is known about a module.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// How it is to be executed.
    pub plan: Plan,
    /// What a reader should know, by line.
    pub diagnostics: Vec<Diagnostic>,
    /// Why statements were put together.
    pub joins: Vec<Join>,
    remembered: Vec<Remembered>,
}

/// All that has been found out about a module, before it is numbered and put into words.
#[derive(Clone, Copy)]
struct Found<'f> {
    body: &'f [Stmt],
    shape: &'f Shape<'f>,
    summary: &'f Summary,
    touches: &'f Touches,
    partition: &'f Partition,
    at_import: &'f AtImport,
    symbols: &'f Symbols,
}

/// Analyses a module.
///
/// # Errors
/// [`Unparsable`] when the source is not Python (CPython's compiler included, where that is told by the statements' order),
/// is nested too deeply or has more than [`MAX_STATEMENTS`] statements.
pub fn analyze(input: &Input<'_>) -> Result<Analysis, Unparsable> {
    analyze_telling(input, |_| ())
}

/// Analyses a module; `tell` is given its statements as soon as they are known, long before the rest.
///
/// # Errors
/// As [`analyze`], without having told.
pub fn analyze_telling(input: &Input<'_>, tell: impl FnOnce(&[Statement])) -> Result<Analysis, Unparsable> {
    parse::with_tree(input.source, |body| {
        let refuse = |stmt: &Stmt, message: String| {
            Err(Unparsable { line: Lines::new(input.source).line(stmt.range().start()), message })
        };
        if let Some(stmt) = body.get(MAX_STATEMENTS) {
            return refuse(stmt, format!("more than {MAX_STATEMENTS} statements"));
        }
        // CPython refuses the file, but not the statement alone.
        let is_docstring = |stmt: &Stmt| matches!(stmt, Stmt::Expr(bare) if bare.value.is_string_literal_expr());
        let mut rest = body.iter().skip(usize::from(body.first().is_some_and(is_docstring)));
        if let Some(stmt) = rest.by_ref().find(|stmt| !pieces::is_future(stmt))
            && let Some(misplaced) = std::iter::once(stmt).chain(rest).find(|stmt| pieces::is_future(stmt))
        {
            return refuse(misplaced, "`from __future__` imports must occur at the beginning of the file".to_owned());
        }
        Ok(analyze_tree(body, *input, tell))
    })?
}

fn analyze_tree(body: &[Stmt], input: Input<'_>, tell: impl FnOnce(&[Statement])) -> Analysis {
    let lines = Lines::new(input.source);
    let mut statements = assemble::statements(body, &lines);
    if input.without != apart::ALL {
        apart::set_apart(body, input.source, &mut statements);
    }
    tell(&statements);
    let shape = Shape::new(body, input);
    let declared = declaration::read(body, &shape.settled, &lines);
    let mut symbols = Symbols::default();
    let mut summary = summary::summarize(body, &shape, &declared, &mut symbols);
    let closure = if summary.exhausted { None } else { Closure::new(&summary.facts, &summary.methods) };
    let unless = |rule: &str, targets: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        targets.filter(|_| input.without != rule).cloned().collect()
    };
    let plan = Plan {
        declaration: declared.declaration.clone(),
        statements,
        units: Vec::new(),
        names: Vec::new(),
        prelude: Vec::new(),
        namespace_readers: shape.namespace_readers && input.without != "namespace-readers",
        guarded_targets: unless("guarded-imports", &mut shape.guarded.iter()),
        checked_targets: unless("checked-imports", &mut shape.checked.difference(&shape.guarded)),
        imports: imports(&summary),
    };
    let all = closure
        .as_ref()
        .and_then(|closure| Some((closure, touches::touches(&summary, closure, &symbols, input.without)?)));
    summary.exhausted = all.is_none();
    let (touches, partition, at_import) = match all {
        Some((closure, touches)) => split(body, &shape, &summary, closure, touches, &symbols),
        None => unsplit(&summary),
    };
    let found = Found {
        body,
        shape: &shape,
        summary: &summary,
        touches: &touches,
        partition: &partition,
        at_import: &at_import,
        symbols: &symbols,
    };
    let plan = assemble::assemble(&found, plan);
    let diagnostics = diagnostics::collect(&found, &lines, &plan.statements);
    let remembered = remember(&summary, &touches, &partition, &at_import, &symbols);
    Analysis { plan, diagnostics, joins: partition.joins, remembered }
}

fn imports(summary: &Summary) -> Vec<String> {
    let all: BTreeSet<&String> = summary.outcomes.iter().flat_map(|outcome| &outcome.imports).collect();
    all.into_iter().cloned().collect()
}

fn split(
    body: &[Stmt],
    shape: &Shape<'_>,
    summary: &Summary,
    closure: &Closure,
    mut touches: Touches,
    symbols: &Symbols,
) -> (Touches, Partition, AtImport) {
    let hook = hook_disturbs(summary, closure, symbols, &mut touches, shape.input.without);
    let attempt = |early: &[bool]| {
        let partition = partition::partition(summary, closure, &touches, symbols, early, shape.input.without);
        let definite = assemble::definite_names(body, shape, summary, &partition);
        let at_import = prelude::at_import(&prelude::Evidence {
            body,
            shape,
            summary,
            touches: &touches,
            partition: &partition,
            symbols,
            hook_disturbs: &hook,
            definite: &definite,
        });
        (partition, at_import)
    };
    // What runs at import when every piece is spared the joins of rule 6 does so all the more when only these are.
    let count = summary.pieces.len();
    let (least, least_at_import) = attempt(&vec![true; count]);
    let (partition, at_import) = attempt(&least_at_import.certain(&least));
    (touches, partition, at_import)
}

/// Names that the hook rebinds, or whose objects it changes. It runs when everything else has: whoever reads such a name
/// while the module executes must have done so before.
fn hook_disturbs(
    summary: &Summary,
    closure: &Closure,
    symbols: &Symbols,
    touches: &mut Touches,
    without: &str,
) -> SymbolSet {
    let declares = |role: &Role| *role == Role::Declaration;
    let (Some(hook), Some(position)) = (symbols.get(declaration::NAME), summary.roles.iter().position(declares)) else {
        return SymbolSet::new();
    };
    let mut total = Effects::default();
    touches::follow(&summary.outcomes[position].made.code, closure, &mut total);
    total.join(closure.total(hook, Code::Make));
    let mut reach = Reach::new(summary, closure, without);
    let mut disturbed: SymbolSet = total.binds;
    for (changes, deeply) in [(&total.changes, false), (&total.puts, false), (&total.changes_deeply, true)] {
        for symbol in changes {
            let facts = &summary.facts[symbol.index()];
            // Handing a function or class to somebody is what hooks are for.
            if facts.value.has(value::STATEFUL) && !facts.is_class() {
                disturbed.join(reach.changed(symbol, deeply));
            }
        }
    }
    // Readers of these names settle with them: see rule 3 of `partition`.
    touches.rebound_later.join(&disturbed);
    disturbed
}

/// The plan of a module that was too expensive to split: everything runs at import.
fn unsplit(summary: &Summary) -> (Touches, Partition, AtImport) {
    let mut partition = partition::whole(summary);
    let mut touches = Touches {
        pieces: Vec::new(),
        bound: SymbolSet::new(),
        rebound_later: SymbolSet::new(),
        changed_later: SymbolSet::new(),
    };
    for (position, outcome) in summary.outcomes.iter().enumerate() {
        let binds: SymbolSet = outcome.bound.iter().map(|(symbol, _)| *symbol).collect();
        for symbol in &binds {
            partition.binders.entry(symbol).or_default().insert(position);
        }
        touches.pieces.push(touches::Touch { binds, ..touches::Touch::default() });
    }
    let mut at_import = AtImport { reasons: std::collections::BTreeMap::new() };
    if !partition.units.is_empty() {
        at_import.reasons.insert(0, (0, Reason::TooLarge));
    }
    (touches, partition, at_import)
}

fn remember(
    summary: &Summary,
    touches: &Touches,
    partition: &Partition,
    at_import: &AtImport,
    symbols: &Symbols,
) -> Vec<Remembered> {
    let texts = |names: &SymbolSet| names.iter().map(|symbol| symbols.text(symbol).to_owned()).collect();
    let mut all = Vec::with_capacity(summary.pieces.len());
    for (position, piece) in summary.pieces.iter().enumerate() {
        let touch = &touches.pieces[position];
        let reason = at_import
            .reasons
            .get(&partition.unit_of[position])
            .map(|(origin, why)| (summary.pieces[*origin].statement, why.clone()));
        all.push(Remembered {
            piece: Some(*piece),
            binds: texts(&touch.binds),
            changes: texts(&touch.changes),
            reads: touch
                .certain
                .iter()
                .filter(|symbol| touches.bound.contains(*symbol))
                .map(|symbol| symbols.text(symbol).to_owned())
                .collect(),
            at_import: reason,
        });
    }
    all
}
