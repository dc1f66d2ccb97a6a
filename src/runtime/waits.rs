//! Who waits for whom: the pure part of waiting for a unit.
//!
//! Terms: a *thread* is an interpreter thread by its identifier; an *edge* says that the first thread can't go on before
//! the second does. An edge of ours is a thread waiting for the owner of a unit; an edge of importlib's is a thread
//! blocked on a module lock (`importlib._bootstrap._ModuleLock`), which has an owner too.
//!
//! The question answered here is "would this wait ever end?". It is separate from [`super::sync`] so that it can be
//! tested without threads.
//!
//! ```python
//! # thread 1 runs a unit of `a` that imports `b`; thread 2 imports `b`, whose prelude touches that unit's name:
//! # 1 -> 2 (module lock of `b`), 2 -> 1 (unit of `a`): the second edge closes a cycle and must not be waited on
//! ```

use std::collections::HashMap;

/// Identifier of an interpreter thread, as `threading.get_ident()` returns it.
pub type Thread = u64;

/// Edges of threads that wait for units. A thread waits for at most one other.
#[derive(Default, Debug)]
pub struct WaitGraph {
    /// waiter -> owner of the unit it waits for; an entry exists exactly while the waiter is inside its wait.
    waiting: HashMap<Thread, Thread>,
}

impl WaitGraph {
    /// Records that `waiter` waits for `owner`.
    pub fn begin(&mut self, waiter: Thread, owner: Thread) {
        self.waiting.insert(waiter, owner);
    }

    /// Records that `waiter` no longer waits.
    pub fn end(&mut self, waiter: Thread) {
        self.waiting.remove(&waiter);
    }

    /// Whom a thread waits for.
    #[must_use]
    pub fn waits_for(&self, waiter: Thread) -> Option<Thread> {
        self.waiting.get(&waiter).copied()
    }

    /// Whether `owner` can't go on before `waiter` does, following our edges and `imports` (waiter -> owner of a module
    /// lock). True also when both are the same thread.
    #[must_use]
    pub fn closes_cycle(&self, waiter: Thread, owner: Thread, imports: &HashMap<Thread, Thread>) -> bool {
        let mut current = owner;
        // every step follows a distinct thread, so more steps than edges mean a cycle that does not involve `waiter`
        for _ in 0..=self.waiting.len() + imports.len() {
            if current == waiter {
                return true;
            }
            match self.waiting.get(&current).or_else(|| imports.get(&current)) {
                Some(next) => current = *next,
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ours: &[(Thread, Thread)], imports: &[(Thread, Thread)], waiter: Thread, owner: Thread, expected: bool) {
        let mut graph = WaitGraph::default();
        for (from, to) in ours {
            graph.begin(*from, *to);
        }
        let imports = imports.iter().copied().collect();
        assert_eq!(graph.closes_cycle(waiter, owner, &imports), expected);
    }

    #[test]
    fn a_free_owner_is_waited_for() {
        check(&[], &[], 1, 2, false);
        check(&[(3, 2)], &[], 1, 2, false);
    }

    #[test]
    fn own_units_and_crossed_units_are_cycles() {
        check(&[], &[], 1, 1, true);
        check(&[(2, 1)], &[], 1, 2, true);
        check(&[(2, 3), (3, 1)], &[], 1, 2, true);
    }

    #[test]
    fn module_locks_count() {
        check(&[], &[(2, 1)], 1, 2, true);
        check(&[(2, 3)], &[(3, 1)], 1, 2, true);
        check(&[], &[(1, 2)], 1, 2, false);
    }

    #[test]
    fn a_cycle_among_others_is_not_ours() {
        check(&[(2, 3), (3, 2)], &[], 1, 2, false);
    }

    #[test]
    fn an_ended_wait_is_forgotten() {
        let mut graph = WaitGraph::default();
        graph.begin(2, 1);
        graph.end(2);
        assert!(!graph.closes_cycle(1, 2, &HashMap::new()));
    }
}
