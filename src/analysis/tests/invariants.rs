//! What must hold for every plan, whatever the module: the invariants of `plan.rs`, checked for each test's source.

use std::collections::BTreeSet;

use crate::analysis::plan::{Piece, Plan, Step};

/// Panics when a plan breaks an invariant.
pub(super) fn hold(plan: &Plan) {
    let mut seen: BTreeSet<Piece> = BTreeSet::new();
    let mut once = |piece: &Piece| assert!(seen.insert(*piece), "{piece:?} runs twice");
    for unit in &plan.units {
        assert!(!unit.pieces.is_empty(), "a unit without pieces");
        assert!(unit.pieces.windows(2).all(|pair| pair[0] < pair[1]), "pieces out of order");
        unit.pieces.iter().for_each(&mut once);
    }
    let mut announced = vec![false; plan.names.len()];
    for step in &plan.prelude {
        match step {
            Step::Run(pieces) => pieces.iter().for_each(&mut once),
            Step::Announce(first, end) => {
                for slot in &mut announced[first.index()..end.index()] {
                    assert!(!std::mem::replace(slot, true), "a name is announced twice");
                }
            }
        }
    }
    assert!(plan.units.windows(2).all(|pair| pair[0].pieces[0] < pair[1].pieces[0]), "units out of order");
    for (position, name) in plan.names.iter().enumerate() {
        if let Some(unit) = name.unit {
            assert!(unit.index() < plan.units.len(), "{} has no unit", name.text);
            assert!(announced[position], "{} is never announced", name.text);
        }
    }
    let texts: BTreeSet<&str> = plan.names.iter().map(|name| name.text.as_str()).collect();
    assert_eq!(texts.len(), plan.names.len(), "a name stands twice");
    for position in 0..plan.units.len() {
        let named = plan.names.iter().any(|name| name.unit.is_some_and(|unit| unit.index() == position));
        assert!(named, "unit {position} has no name: nothing would ever run it");
    }
    announced_in_time(plan);
    acyclic(plan);
}

/// Before a piece of the prelude runs, exactly the names first bound before it have been announced.
fn announced_in_time(plan: &Plan) {
    let mut until = 0;
    for step in &plan.prelude {
        match step {
            Step::Announce(_, end) => until = end.index(),
            Step::Run(pieces) => {
                for piece in pieces.iter().filter(|piece| piece.part != crate::analysis::plan::Part::Annotation) {
                    for (position, name) in plan.names.iter().enumerate().filter(|(_, name)| name.unit.is_some()) {
                        // Of annotations there is a dict before the first statement; what has to open the file does not
                        // ask for it.
                        if name.text == "__annotations__" && until == 0 {
                            continue;
                        }
                        let before = name.first < piece.statement;
                        assert_eq!(before, position < until, "{} at statement {:?}", name.text, piece.statement);
                    }
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
