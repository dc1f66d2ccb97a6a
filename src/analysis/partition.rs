//! Pieces to units: what must run together.
//!
//! Terms: pieces are *joined* when one of them can't run without the other, in source order; a *unit* is what has been
//! joined; a unit *depends* on another one when it certainly reads a name of it.
//!
//! ```python
//! c = 2                 # joined with line 3: both bind c
//! if a > 0:             # depends on the unit of a
//!     c = 1
//! d = b > 0 or c        # a unit of its own: reads c after its last binding, so it only depends on it
//! e = c; c = 3          # would be joined with all of them: reads c before its last binding
//! ```
//!
//! The rules, each written once, here:
//! 1. All pieces that disturb a name (bind it, delete it, change its object) are joined, with every piece up to the last of
//!    them that may read it.
//! 2. A change reaches every name that may stand for the object ([`super::touches::Reach`]).
//! 3. A name that functions rebind, or change, is joined with the pieces that read it (or its contents), and whoever makes
//!    such a function depends on the name's unit, so that a later call finds both settled.
//! 4. A piece whose result depends on the contents of an object that clients can reach and change is joined with the piece
//!    that makes the object: else a client's change would be seen too early.
//! 5. Units that depend on each other are one unit; so are units that only may read each other's names, of what is bound by
//!    then in source order: one would run inside the other, before that one has bound all that it reads.
//! 6. For a piece that runs at import in any case, names that are bound after it don't exist: it is not joined with them,
//!    and doesn't depend on them. The runtime makes them pending after it.
//! 7. What asserts something is joined with its subject ([`super::assertions`]).
//!
//! It is separate from [`super::prelude`], which decides what runs at import and doesn't join anything by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::closure::Closure;
use super::explain::{Join, Why};
use super::graph::{Sets, components};
use super::names::{Symbol, Symbols};
use super::pieces::Role;
use super::summary::Summary;
use super::symbol_set::SymbolSet;
use super::touches::Touches;
use super::value;

/// Units before the prelude is known, in the order of their first piece.
pub(super) struct Partition {
    /// Positions of pieces, ascending.
    pub(super) units: Vec<Vec<usize>>,
    /// The unit of every piece.
    pub(super) unit_of: Vec<usize>,
    /// Units by unit: certain reads.
    pub(super) dependencies: Vec<BTreeSet<usize>>,
    /// Positions of the pieces that bind or disturb a name.
    pub(super) binders: BTreeMap<Symbol, BTreeSet<usize>>,
    pub(super) joins: Vec<Join>,
}

struct Joiner<'s> {
    sets: Sets,
    joins: Vec<Join>,
    summary: &'s Summary,
    symbols: &'s Symbols,
    without: &'s str,
}

impl Joiner<'_> {
    fn join(&mut self, one: usize, two: usize, name: Option<Symbol>, why: Why) {
        if why.rule() != self.without && self.sets.union(one, two) {
            let (one, two) = (one.min(two), one.max(two));
            let statement = |position: usize| self.summary.pieces[position].statement;
            let name = name.map(|name| self.symbols.text(name).to_owned());
            self.joins.push(Join { first: statement(one), second: statement(two), name, why });
        }
    }
}

/// Everything in one unit: the answer when nothing can be shown.
pub(super) fn whole(summary: &Summary) -> Partition {
    let count = summary.pieces.len();
    Partition {
        units: if count == 0 { Vec::new() } else { vec![(0..count).collect()] },
        unit_of: vec![0; count],
        dependencies: if count == 0 { Vec::new() } else { vec![BTreeSet::new()] },
        binders: BTreeMap::new(),
        joins: Vec::new(),
    }
}

/// Pieces of which it is certain that they run at import; for these a name doesn't exist before it is bound (rule 6).
struct Early<'p> {
    pieces: &'p [bool],
    /// Positions of the pieces that bind a name, ascending, by name.
    binders: Vec<Vec<usize>>,
}

impl Early<'_> {
    /// When the piece runs, the name isn't bound yet.
    fn lacks(&self, position: usize, symbol: Symbol) -> bool {
        self.pieces[position] && self.first_binder(symbol).is_some_and(|first| first > position)
    }

    /// The first piece that binds a name, if any does.
    fn first_binder(&self, symbol: Symbol) -> Option<usize> {
        self.binders[symbol.index()].first().copied()
    }
}

/// Joins the pieces and finds what the units depend on; `early` says which pieces certainly run at import.
pub(super) fn partition(
    summary: &Summary,
    closure: &Closure,
    touches: &Touches,
    symbols: &Symbols,
    early: &[bool],
    without: &str,
) -> Partition {
    let count = summary.pieces.len();
    let mut early = Early { pieces: early, binders: vec![Vec::new(); summary.facts.len()] };
    for (position, touch) in touches.pieces.iter().enumerate() {
        for symbol in &touch.binds {
            early.binders[symbol.index()].push(position);
        }
    }
    // By name, positions of the pieces that bind or change it, ascending.
    let mut disturbers: Vec<Vec<usize>> = vec![Vec::new(); summary.facts.len()];
    for (position, touch) in touches.pieces.iter().enumerate() {
        for symbol in &touch.binds {
            disturbers[symbol.index()].push(position);
        }
        let changes = touch.changes.iter().filter(|_| without != Why::Changes.rule());
        for symbol in changes.filter(|symbol| !touch.binds.contains(*symbol)) {
            if early.first_binder(symbol).is_some() && !early.lacks(position, symbol) {
                disturbers[symbol.index()].push(position);
            }
        }
    }
    let mut joiner = Joiner { sets: Sets::new(count), joins: Vec::new(), summary, symbols, without };
    for (symbol, positions) in with_symbols(&disturbers) {
        let mut all = positions.iter().copied();
        let Some(first) = all.next() else { continue };
        for other in all {
            if joiner.sets.find(first) == joiner.sets.find(other) {
                continue;
            }
            let binds = |position: usize| touches.pieces[position].binds.contains(symbol);
            joiner.join(
                first,
                other,
                Some(symbol),
                if binds(first) && binds(other) { Why::Binds } else { Why::Changes },
            );
        }
    }
    for (position, touch) in touches.pieces.iter().enumerate() {
        if let Some((subject, symbol)) = touch.subject {
            joiner.join(subject, position, Some(symbol), Why::Assertions);
        }
    }
    join_readers(&mut joiner, touches, &disturbers, &early, closure);
    let Joiner { mut sets, mut joins, .. } = joiner;
    let edges = match without {
        "certain-reads" => vec![Vec::new(); count],
        _ => dependencies(&mut sets, summary, touches, &early, without),
    };
    let (component, found) = if Why::Cycle.rule() == without {
        ((0..u32::try_from(count).unwrap_or(0)).collect(), count)
    } else {
        components(&possible_needs(&mut sets, touches, &early, &edges, without))
    };
    let mut units: Vec<Vec<usize>> = vec![Vec::new(); found];
    for position in 0..count {
        let set = sets.find(position);
        if set != position && component[set] != component[position] {
            debug_assert!(edges[position].is_empty());
        }
        units[component[set] as usize].push(position);
    }
    units.retain(|unit| !unit.is_empty());
    units.sort_by_key(|unit| unit[0]);
    let mut unit_of = vec![0; count];
    for (number, unit) in units.iter().enumerate() {
        for position in unit {
            unit_of[*position] = number;
        }
        let mut sets_inside: Vec<usize> = unit.iter().map(|position| sets.find(*position)).collect();
        sets_inside.dedup();
        for set in sets_inside.iter().skip(1).filter(|set| **set != sets_inside[0]) {
            let statement = |position: usize| summary.pieces[position].statement;
            joins.push(Join { first: statement(unit[0]), second: statement(*set), name: None, why: Why::Cycle });
        }
    }
    let mut unit_edges: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); units.len()];
    for (position, targets) in edges.iter().enumerate() {
        let unit = unit_of[position];
        unit_edges[unit]
            .extend(targets.iter().map(|target| unit_of[*target as usize]).filter(|target| *target != unit));
    }
    let bound = with_symbols(&early.binders).filter(|(_, positions)| !positions.is_empty());
    let binders = bound.map(|(symbol, positions)| (symbol, positions.iter().copied().collect())).collect();
    Partition { units, unit_of, dependencies: unit_edges, binders, joins }
}

/// What is said of each name, with the name.
fn with_symbols<T>(by_name: &[T]) -> impl Iterator<Item = (Symbol, &T)> {
    (0..).map(Symbol).zip(by_name)
}

/// Rules 1, 3 and 4: pieces that read are joined with pieces that disturb.
fn join_readers(
    joiner: &mut Joiner<'_>,
    touches: &Touches,
    disturbers: &[Vec<usize>],
    early: &Early<'_>,
    closure: &Closure,
) {
    let summary = joiner.summary;
    // Names that anything is held by, and that are disturbed by more than their one binding: reading a holder reads them.
    let contested: SymbolSet = with_symbols(disturbers)
        .filter(|(symbol, positions)| positions.len() > 1 && summary.facts[symbol.index()].value.has(value::MUTABLE))
        .filter(|_| joiner.without != "holders")
        .map(|(symbol, _)| symbol)
        .collect();
    // By name, its first and its last disturber: asked for far more often than there are any.
    let extents: Vec<Option<(usize, usize)>> =
        disturbers.iter().map(|positions| positions.first().copied().zip(positions.last().copied())).collect();
    let mut held: BTreeMap<Symbol, SymbolSet> = BTreeMap::new();
    let mut states: BTreeMap<Symbol, SymbolSet> = BTreeMap::new();
    // Those that are disturbed at this position or later.
    let mut pending = contested.clone();
    let mut ending: Vec<Vec<Symbol>> = vec![Vec::new(); touches.pieces.len()];
    for symbol in &contested {
        if let Some((_, last)) = extents[symbol.index()] {
            ending[last].push(symbol);
        }
    }
    for (position, touch) in touches.pieces.iter().enumerate() {
        let consider = |joiner: &mut Joiner<'_>, symbol: Symbol| {
            if let Some((first, last)) = extents[symbol.index()]
                && position <= last
                && !early.lacks(position, symbol)
            {
                joiner.join(first, position, Some(symbol), Why::ReadsBefore);
            }
        };
        // Names hold much the same: each is looked at once.
        let mut considered = SymbolSet::new();
        for symbol in &touch.reads {
            if considered.insert(symbol) {
                consider(joiner, symbol);
            }
            if pending.is_empty() {
                continue;
            }
            let inner = held.entry(symbol).or_insert_with(|| {
                closure.leads(symbol).intersection(&contested).filter(|inner| *inner != symbol).collect()
            });
            for inner in &considered.insert_from(inner, Some(&pending)) {
                consider(joiner, inner);
            }
        }
        for symbol in touch.reads.intersection(&touches.rebound_later) {
            if let Some((first, _)) = extents[symbol.index()] {
                joiner.join(first, position, Some(symbol), Why::FunctionsRebind);
            }
        }
        let mut considered = SymbolSet::new();
        for symbol in &touch.snapshots {
            let inner = states.entry(symbol).or_insert_with(|| {
                let is_state = |inner: &Symbol| {
                    summary.facts[inner.index()].value.is_own_state() || touches.changed_later.contains(*inner)
                };
                let made_here = |inner: &Symbol| {
                    extents[inner.index()].is_some_and(|(first, _)| summary.roles[first] != Role::Docstring)
                };
                closure.leads(symbol).iter().filter(|inner| is_state(inner) && made_here(inner)).collect()
            });
            for inner in &considered.insert_from(inner, None) {
                if let Some((first, _)) = extents[inner.index()]
                    && !early.lacks(position, inner)
                {
                    joiner.join(first, position, Some(inner), Why::Snapshot);
                }
            }
        }
        for symbol in &ending[position] {
            pending.remove(*symbol);
        }
    }
}

/// The edges, and those of reads that may happen, of names that are bound by then.
fn possible_needs(
    sets: &mut Sets,
    touches: &Touches,
    early: &Early<'_>,
    certain: &[Vec<u32>],
    without: &str,
) -> Vec<Vec<u32>> {
    let mut edges = certain.to_vec();
    for (position, touch) in touches.pieces.iter().enumerate().filter(|_| without != "possible-reads") {
        let set = sets.find(position);
        for first in
            touch.reads.iter().filter_map(|symbol| early.first_binder(symbol)).filter(|first| *first < position)
        {
            let target = sets.find(first);
            if target != set {
                edges[set].push(u32::try_from(target).unwrap_or(0));
            }
        }
    }
    for targets in &mut edges {
        targets.sort_unstable();
        targets.dedup();
    }
    edges
}

/// Edges from pieces to representatives of other sets: certain reads, and names that the piece's functions rebind. A name
/// that only such functions bind has no unit; whoever asks for it must have done so before they can be called.
fn dependencies(
    sets: &mut Sets,
    summary: &Summary,
    touches: &Touches,
    early: &Early<'_>,
    without: &str,
) -> Vec<Vec<u32>> {
    let count = summary.pieces.len();
    let mut edges: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); count];
    let unborn: SymbolSet =
        touches.rebound_later.iter().filter(|symbol| early.first_binder(*symbol).is_none()).collect();
    let mut askers: BTreeMap<Symbol, Vec<usize>> = BTreeMap::new();
    for (position, touch) in touches.pieces.iter().enumerate() {
        for symbol in touch.reads.intersection(&unborn) {
            askers.entry(symbol).or_default().push(position);
        }
    }
    for (position, touch) in touches.pieces.iter().enumerate() {
        let set = sets.find(position);
        let later = &summary.outcomes[position].made.code.binds;
        let settled = later.iter().filter(|_| without != "rebinders-settle");
        let certain = touch.certain.iter().filter(|symbol| !early.lacks(position, *symbol));
        for symbol in certain.chain(settled) {
            if let Some(first) = early.first_binder(symbol) {
                let target = sets.find(first);
                if target != set {
                    edges[set].insert(u32::try_from(target).unwrap_or(0));
                }
            }
        }
        let waits = later.iter().filter(|_| without != "rebinders-wait");
        for asker in waits.filter_map(|symbol| askers.get(&symbol)).flatten() {
            let target = sets.find(*asker);
            if target != set {
                edges[set].insert(u32::try_from(target).unwrap_or(0));
            }
        }
    }
    edges.into_iter().map(|targets| targets.into_iter().collect()).collect()
}
