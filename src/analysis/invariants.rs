//! What must hold for every analysis, whatever the module: the invariants of [`super::plan`], as a check.
//!
//! Which question does this file answer? "Can the runtime rely on this plan?" The unit tests ask it of every module that they
//! analyse, the fuzzer (`fuzz/`) of everything else.
//!
//! ```python
//! a = f()             # bound once, in one unit: whoever binds `a` is in it
//! b = a               # another unit, which depends on that of `a`: it certainly reads it
//! print(b)            # at import, and so is all that it certainly reads
//! ```
//!
//! It is separate from what makes plans because it must not share their mistakes: it is written against the plan and what
//! is remembered of each piece, and uses nothing of the analysis otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::Analysis;
use super::ids::{NameId, UnitId};
use super::plan::{Part, Piece, Plan, Step};

/// Checks an analysis in time proportional to its size.
///
/// # Panics
/// When an invariant is broken; the message says which.
pub fn hold(analysis: &Analysis) {
    let plan = &analysis.plan;
    let places = every_piece_once(analysis);
    names_are_announced_once(plan);
    assert!(plan.units.windows(2).all(|pair| pair[0].pieces[0] < pair[1].pieces[0]), "units out of order");
    let texts: BTreeMap<&str, Option<UnitId>> = plan.names.iter().map(|name| (name.text.as_str(), name.unit)).collect();
    assert_eq!(texts.len(), plan.names.len(), "a name stands twice");
    let named: BTreeSet<UnitId> = plan.names.iter().filter_map(|name| name.unit).collect();
    assert_eq!(named.len(), plan.units.len(), "a unit has no name: nothing would ever run it");
    everybody_runs_with_what_it_needs(analysis, &places, &texts);
    announced_in_time(plan);
    acyclic(plan);
}

/// Every piece has one place, a unit or the prelude (`None`), and the pieces of a place are in source order.
fn every_piece_once(analysis: &Analysis) -> BTreeMap<Piece, Option<UnitId>> {
    let plan = &analysis.plan;
    let mut places: BTreeMap<Piece, Option<UnitId>> = BTreeMap::new();
    let mut put = |piece: &Piece, place| assert!(places.insert(*piece, place).is_none(), "{piece:?} runs twice");
    for (position, unit) in plan.units.iter().enumerate() {
        assert!(!unit.pieces.is_empty(), "a unit without pieces");
        assert!(unit.pieces.windows(2).all(|pair| pair[0] < pair[1]), "pieces out of order");
        unit.pieces.iter().for_each(|piece| put(piece, Some(UnitId::from(position))));
    }
    let mut last = None;
    for piece in plan.at_import() {
        put(&piece, None);
        if piece.part != Part::Annotation {
            assert!(last < Some(piece), "the prelude is out of order");
            last = Some(piece);
        }
    }
    let known: BTreeSet<Piece> = analysis.remembered.iter().filter_map(|piece| piece.piece).collect();
    assert_eq!(known.len(), analysis.remembered.len(), "a piece is remembered twice");
    assert!(places.keys().eq(&known), "a piece runs nowhere, or nobody knows it");
    assert!(known.iter().all(|piece| piece.statement.index() < plan.statements.len()), "a piece of no statement");
    places
}

fn names_are_announced_once(plan: &Plan) {
    let mut announced = vec![false; plan.names.len()];
    for step in &plan.prelude {
        if let Step::Announce(NameId(first), NameId(end)) = step {
            for slot in &mut announced[*first as usize..*end as usize] {
                assert!(!std::mem::replace(slot, true), "a name is announced twice");
            }
        }
    }
    for (name, announced) in plan.names.iter().zip(announced) {
        assert!(announced || name.unit.is_none(), "{} is never announced", name.text);
        assert!(name.unit.is_none_or(|unit| unit.index() < plan.units.len()), "{} has no unit", name.text);
    }
}

/// Whoever binds a name is in its unit, or in the prelude with it; what a piece certainly reads is there when it runs.
fn everybody_runs_with_what_it_needs(
    analysis: &Analysis,
    places: &BTreeMap<Piece, Option<UnitId>>,
    names: &BTreeMap<&str, Option<UnitId>>,
) {
    for remembered in &analysis.remembered {
        let Some(piece) = remembered.piece else { panic!("a piece without a place") };
        let place = places[&piece];
        for name in remembered.binds.iter().filter(|name| *name != "__annotations__") {
            assert_eq!(names.get(name.as_str()), Some(&place), "{piece:?} binds `{name}` elsewhere than its unit");
        }
        assert_eq!(
            remembered.at_import.is_some(),
            place.is_none(),
            "{piece:?} runs at import without a reason, or doesn't"
        );
        for name in &remembered.reads {
            let Some(needed) = names.get(name.as_str()).copied().flatten() else { continue };
            let there = place.is_some_and(|unit| {
                unit == needed || analysis.plan.units[unit.index()].dependencies.binary_search(&needed).is_ok()
            });
            let first = analysis.plan.names.iter().find(|entry| entry.text == *name).map(|entry| entry.first);
            let too_early = place.is_none() && first.is_some_and(|first| first > piece.statement);
            assert!(there || too_early, "{piece:?} reads `{name}` and doesn't need its unit");
        }
    }
}

/// Before a piece of the prelude runs, exactly the names first bound before it have been announced.
fn announced_in_time(plan: &Plan) {
    let deferred: Vec<(usize, u32)> = plan
        .names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.unit.is_some())
        .map(|(position, name)| (position, name.first.0))
        .collect();
    let firsts: Vec<u32> = deferred.iter().map(|(_, first)| *first).collect();
    assert!(firsts.is_sorted(), "names are not in the order of their first binding");
    // Of annotations there is a dict before the first statement of all, which may come before it or ask for it.
    let start =
        usize::from(plan.names.first().is_some_and(|name| name.text == "__annotations__" && name.unit.is_some()));
    let mut until = 0;
    for step in &plan.prelude {
        match step {
            Step::Announce(_, end) => until = end.index(),
            Step::CompleteModules | Step::CompleteNamespace => {}
            Step::Run(pieces) => {
                let middle = deferred.partition_point(|(position, _)| *position < until).max(start);
                for piece in pieces.iter().filter(|piece| piece.part != Part::Annotation) {
                    let at = piece.statement.0;
                    // of an import of several modules the next one finds the names of those before it
                    let until = at + u32::from(matches!(piece.part, Part::Alias(_)));
                    assert!(middle == start || firsts[middle - 1] < until, "a name is announced before statement {at}");
                    assert!(firsts.get(middle).is_none_or(|first| *first >= at), "a name is missing at statement {at}");
                }
            }
        }
    }
}

fn acyclic(plan: &Plan) {
    let mut state = vec![0u8; plan.units.len()];
    for start in 0..plan.units.len() {
        let mut stack = vec![(start, 0)];
        while let Some((unit, edge)) = stack.pop() {
            if edge == 0 {
                if state[unit] != 0 {
                    continue;
                }
                state[unit] = 1;
            }
            match plan.units[unit].dependencies.get(edge) {
                Some(next) => {
                    stack.push((unit, edge + 1));
                    assert_ne!(state[next.index()], 1, "units depend on each other");
                    if state[next.index()] == 0 {
                        stack.push((next.index(), 0));
                    }
                }
                None => state[unit] = 2,
            }
        }
    }
}
