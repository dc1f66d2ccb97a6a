//! From pieces to what is known about names.
//!
//! Facts about names come from walking pieces, and walking a piece needs facts, so the walks are repeated until nothing new is
//! learnt.
//!
//! ```python
//! def add(x): T.append(x)     # walking this tells that calling `add` changes T
//! T = []                      # ... that T is a fresh list
//! add(f)                      # ... so this one changes T, nothing outside, and T then holds f
//! ```
//!
//! What a function puts into objects of the module only counts once the function may run while the module executes: until
//! then its code is *dormant*, and what clients make it do later happens after the pieces have run, as it would eagerly.
//!
//! Facts only ever grow, so the repetition ends; a piece that is walked too often is *widened* (its locals may be
//! anything that it mentions), and when even that costs more than [`WALKS_PER_PIECE`], or there are more than [`MAX_NAMES`],
//! the module is not split at all.

use std::collections::{BTreeMap, BTreeSet};

use super::declaration::Declared;
use super::effects::Effects;
use super::guards::Guard;
use super::names::{Symbol, Symbols};
use super::outcome::{Facts, Outcome};
use super::parse::ast::{Expr, Stmt};
use super::pieces::{Role, counts_annotations, pieces, sets_up_annotations};
use super::plan::{Part, Piece};
use super::shape::Shape;
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::wake::wake;
use super::walk::{Locals, Walker};

/// Walks after which a piece is widened.
const PATIENCE: u8 = 20;
/// Budget of walks, on average.
const WALKS_PER_PIECE: usize = 40;
/// Names of any kind in a module that is split; each costs some kilobytes of memory.
const MAX_NAMES: usize = 100_000;

/// What is known about the whole module.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) pieces: Vec<Piece>,
    pub(super) roles: Vec<Role>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) facts: Vec<Facts>,
    /// By piece, methods of the classes that it makes.
    pub(super) methods: Vec<BTreeMap<Symbol, Effects>>,
    /// The budget was not enough: nothing of this may be relied on.
    pub(super) exhausted: bool,
}

/// Walks all pieces until nothing new is learnt.
pub(super) fn summarize(body: &[Stmt], shape: &Shape<'_>, declared: &Declared, symbols: &mut Symbols) -> Summary {
    let (pieces, roles) = pieces(body, shape, declared);
    let count = pieces.len();
    let mut outcomes: Vec<Outcome> = vec![Outcome::default(); count];
    let mut facts: Vec<Facts> = Vec::new();
    let mut mentions: Vec<BTreeSet<usize>> = Vec::new();
    let mut locals: Vec<Locals> = vec![Locals::new(); count];
    let mut methods: Vec<BTreeMap<Symbol, Effects>> = vec![BTreeMap::new(); count];
    let mut visits = vec![0u8; count];
    let mut round: BTreeSet<usize> = (0..count).collect();
    let mut next = BTreeSet::new();
    let mut budget = 1000 + WALKS_PER_PIECE * count;
    let mut awake = vec![false; count];
    let mut kept = Kept::default();
    let mut all_again = false;
    loop {
        let Some(position) = round.pop_first() else {
            if std::mem::take(&mut all_again) {
                next.extend(0..count);
            }
            if !next.is_empty() {
                std::mem::swap(&mut round, &mut next);
                continue;
            }
            let woken = wake(&outcomes, &facts, &methods, symbols, &mut awake);
            for position in woken {
                let outcome = &outcomes[position];
                let mut learnt = learn_contents(position, outcome, &outcome.contents_later, None, &mut facts);
                learn_given(position, &outcome.given_later, &mut facts, &mut learnt);
                for symbol in &learnt {
                    next.extend(mentions[symbol.index()].iter().copied());
                }
            }
            if next.is_empty() {
                break;
            }
            continue;
        };
        if budget == 0 {
            return Summary { pieces, roles, outcomes, facts, methods, exhausted: true };
        }
        budget -= 1;
        visits[position] = visits[position].saturating_add(1);
        let widened = visits[position] > PATIENCE;
        let mut walker = Walker::new(shape, symbols, (&facts, &kept.names), &mut locals[position], widened);
        walk(&mut walker, &body[pieces[position].statement.index()], pieces[position].part);
        if walker.costs_too_much {
            budget = 0;
        }
        let (mut outcome, changed) = walker.finish();
        if shape.switches.get(&pieces[position].statement.index()).is_some_and(|before| before.eagerly) {
            outcome.guard = Guard::Guarded;
        }
        if symbols.len() > MAX_NAMES {
            return Summary { pieces, roles, outcomes, facts, methods, exhausted: true };
        }
        for number in facts.len()..symbols.len() {
            let symbol = Symbol(u32::try_from(number).unwrap_or(u32::MAX));
            facts.push(Facts { class: shape.class(symbols.text(symbol)), ..Facts::default() });
        }
        mentions.resize_with(symbols.len(), BTreeSet::new);
        for symbol in outcome.now.reads.iter().chain(&outcome.made.code.reads) {
            mentions[symbol.index()].insert(position);
        }
        if changed && !widened {
            next.insert(position);
        }
        let before = Some(&outcomes[position]).filter(|before| before.made == outcome.made);
        for (name, effects) in &outcome.methods {
            methods[position].entry(*name).or_default().join(effects);
        }
        for symbol in &learn(position, &outcome, before, &mut facts, awake[position]) {
            for reader in &mentions[symbol.index()] {
                if *reader > position {
                    round.insert(*reader)
                } else {
                    next.insert(*reader)
                };
            }
        }
        // whoever calls through an object doesn't mention what it leads to
        all_again |= kept.learn(&outcome, &facts);
        outcomes[position] = outcome;
    }
    Summary { pieces, roles, outcomes, facts, methods, exhausted: false }
}

/// Walks what the piece executes.
fn walk(walker: &mut Walker<'_, '_>, stmt: &Stmt, part: Part) {
    let assign = stmt.as_ann_assign_stmt();
    match part {
        Part::Whole => {
            if counts_annotations(stmt, walker.shape) || sets_up_annotations(stmt, walker.shape) {
                let name = walker.symbols.intern("__annotations__");
                walker.store_module(name, &Value::container([]));
            }
            walker.statement(stmt);
        }
        Part::Alias(_) => walker.import(stmt, part),
        Part::Value => {
            if let Some((assign, value)) = assign.and_then(|assign| Some((assign, assign.value.as_ref()?))) {
                let value = walker.eval(value);
                walker.assign(&assign.target, &value);
            }
        }
        Part::Annotation => {
            assign.into_iter().for_each(|assign| walker.annotation(&assign.annotation));
            let name = walker.symbols.intern("__annotations__");
            walker.store_module(name, &Value::container([]));
        }
    }
}

/// Adds an outcome to the facts; yields the names whose readers must be walked again.
fn learn(position: usize, outcome: &Outcome, before: Option<&Outcome>, facts: &mut [Facts], awake: bool) -> SymbolSet {
    let mut learnt = SymbolSet::new();
    let mut names: SymbolSet = SymbolSet::new();
    for (symbol, value) in outcome.bound.iter().chain(&outcome.bound_later) {
        let entry = &mut facts[symbol.index()];
        let flags = entry.value.flags;
        entry.value.join(&value.clone().without_locals());
        if flags != entry.value.flags {
            learnt.insert(*symbol);
        }
        names.insert(*symbol);
    }
    for symbol in &names {
        if add_made(position, outcome, &outcome.made, &mut facts[symbol.index()]) {
            learnt.insert(symbol);
        }
    }
    learn_given(position, &outcome.given, facts, &mut learnt);
    let given = before.map(|before| &before.contents);
    learnt.join(&learn_contents(position, outcome, &outcome.contents, given, facts));
    if awake {
        let given = before.map(|before| &before.contents_later);
        learnt.join(&learn_contents(position, outcome, &outcome.contents_later, given, facts));
        learn_given(position, &outcome.given_later, facts, &mut learnt);
    }
    learnt
}

/// What functions put their arguments into.
#[derive(Default)]
struct Kept {
    /// The names of all those objects.
    names: SymbolSet,
    /// By name of a function, how many of them were known when a piece last said something of it.
    counts: Vec<usize>,
}

impl Kept {
    /// Takes up what a piece says; true when it is new for any function.
    fn learn(&mut self, outcome: &Outcome, facts: &[Facts]) -> bool {
        if outcome.made.keeps.is_empty() {
            return false;
        }
        self.names.join(&outcome.made.keeps);
        self.counts.resize(facts.len(), 0);
        let bound = outcome.bound.iter().chain(&outcome.bound_later).map(|(symbol, _)| symbol);
        let mut grown = false;
        for symbol in bound.chain(outcome.contents.keys()).chain(outcome.contents_later.keys()) {
            let count = facts[symbol.index()].keeps.len();
            grown |= std::mem::replace(&mut self.counts[symbol.index()], count) != count;
        }
        grown
    }
}

/// Adds what classes were given.
fn learn_given(position: usize, given: &BTreeMap<Symbol, Facts>, facts: &mut [Facts], learnt: &mut SymbolSet) {
    for (symbol, given) in given {
        let entry = &mut facts[symbol.index()];
        entry.makers.insert(position);
        if add_facts(given, entry) {
            learnt.insert(*symbol);
        }
    }
}

/// Adds what was put into objects of names. `given` is what the walk before put there, when the functions made in this
/// piece are still the same: their holders know of them already.
fn learn_contents(
    position: usize,
    outcome: &Outcome,
    contents: &BTreeMap<Symbol, Value>,
    given: Option<&BTreeMap<Symbol, Value>>,
    facts: &mut [Facts],
) -> SymbolSet {
    let mut learnt = SymbolSet::new();
    let mut holders = SymbolSet::new();
    for (symbol, stored) in contents {
        let entry = &mut facts[symbol.index()];
        let flags = entry.value.flags;
        entry.value.hold(&stored.clone().without_locals());
        if flags != entry.value.flags {
            learnt.insert(*symbol);
        }
        let holds = |contents: &BTreeMap<Symbol, Value>| {
            contents.get(symbol).is_some_and(|stored| stored.has(value::MADE_HERE))
        };
        if stored.has(value::MADE_HERE) && !given.is_some_and(holds) {
            holders.insert(*symbol);
        }
    }
    if holders.is_empty() {
        return learnt;
    }
    // who holds a function may run it
    let mut made = outcome.made.clone();
    for code in [&mut made.code, &mut made.call, &mut made.constructor] {
        code.doubt();
    }
    for symbol in &holders {
        if add_made(position, outcome, &made, &mut facts[symbol.index()]) {
            learnt.insert(symbol);
        }
    }
    learnt
}

/// Adds what a piece says about the functions and classes it makes; true when callers should know.
fn add_made(position: usize, outcome: &Outcome, made: &Facts, entry: &mut Facts) -> bool {
    if !outcome.methods.is_empty() {
        entry.makers.insert(position);
    }
    add_facts(made, entry)
}

/// Adds what is said about a name's code, but not its value; true when callers should know.
fn add_facts(made: &Facts, entry: &mut Facts) -> bool {
    let flags = |entry: &Facts| (entry.code.flags, entry.call.flags, entry.traits);
    let before = flags(entry);
    entry.code.join(&made.code);
    entry.call.join(&made.call);
    let mut changed = entry.implicit.join(&made.implicit);
    changed |= entry.hooks.join(&made.hooks);
    changed |= entry.constructor.join(&made.constructor);
    changed |= entry.returns.join(&made.returns);
    changed |= entry.stored.join(&made.stored);
    changed |= entry.attributes.join(&made.attributes);
    entry.traits |= made.traits;
    changed |= entry.keeps.join(&made.keeps);
    changed || before != flags(entry)
}

/// The statement binds its names to literals that can't change, and does nothing else.
pub(super) fn is_literal_binding(stmt: &Stmt, part: Part) -> bool {
    match (stmt, part) {
        (Stmt::Assign(assign), Part::Whole) => {
            super::statements::is_literal(&assign.value) && assign.targets.iter().all(Expr::is_name_expr)
        }
        (Stmt::AnnAssign(assign), Part::Value) => {
            assign.value.as_ref().is_some_and(|value| super::statements::is_literal(value))
                && assign.target.is_name_expr()
        }
        _ => false,
    }
}
