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
use super::keeping::Kept;
use super::learning::Learnt;
use super::names::{Symbol, Symbols};
use super::outcome::{Facts, Outcome};
use super::parse::ast::{Expr, Stmt};
use super::pieces::{Role, counts_annotations, pieces, sets_up_annotations};
use super::plan::{Part, Piece};
use super::shape::Shape;
use super::symbol_set::PieceSet;
use super::value::Value;
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
    let mut mentions: Vec<PieceSet> = Vec::new();
    let mut locals: Vec<Locals> = vec![Locals::new(); count];
    let mut methods: Vec<BTreeMap<Symbol, Effects>> = vec![BTreeMap::new(); count];
    let mut visits = vec![0u8; count];
    let mut round: BTreeSet<usize> = (0..count).collect();
    let mut next = BTreeSet::new();
    let mut budget = 1000 + WALKS_PER_PIECE * count;
    let mut awake = vec![false; count];
    let mut kept = Kept::default();
    loop {
        let Some(position) = round.pop_first() else {
            next.extend(kept.concerned());
            if !next.is_empty() {
                std::mem::swap(&mut round, &mut next);
                continue;
            }
            let woken = wake(&outcomes, &facts, &methods, symbols, &mut awake);
            for position in woken {
                let outcome = &outcomes[position];
                let mut learnt = Learnt::default();
                learnt.contents(position, outcome, &outcome.contents_later, None, &mut facts);
                learnt.given(position, &outcome.given_later, &mut facts);
                kept.compare(outcome, &facts);
                next.extend(learnt.concerned(&mentions, &outcomes));
            }
            next.extend(kept.concerned());
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
        let mut walker = Walker::new(shape, symbols, (&facts, &kept), &mut locals[position], widened);
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
        mentions.resize_with(symbols.len(), PieceSet::default);
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
        let learnt = Learnt::from(position, &outcome, before, &mut facts, awake[position]);
        for reader in learnt.concerned(&mentions, &outcomes) {
            if reader > position {
                round.insert(reader)
            } else {
                next.insert(reader)
            };
        }
        kept.learn(position, &outcome, &facts);
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
