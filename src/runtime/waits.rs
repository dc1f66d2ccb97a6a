//! Who waits for whom: the pure part of waiting for a unit.
//!
//! Terms: a *thread* is an interpreter thread by its identifier; a *wait* says that a thread can't go on before another
//! thread has ended something. A wait of ours is for a unit that the other runs; one of importlib's is for a module lock
//! (`importlib._bootstrap._ModuleLock`) that the other holds.
//!
//! The question answered here is "would this wait ever end, and if not, why?". It is separate from [`super::sync`] so that
//! it can be tested without threads.
//!
//! ```python
//! # thread 1 runs a unit of `a` that imports `b`; thread 2 imports `b`, whose prelude touches that unit's name:
//! # 1 -> 2 (module lock of `b`), 2 -> 1 (unit of `a`): the second wait closes a circle and must not begin
//! ```

use std::collections::{BTreeMap, HashMap};

/// Identifier of an interpreter thread, as `threading.get_ident()` returns it.
pub type Thread = u64;

/// A unit: what tells its module from others, and its number.
pub type Unit = (usize, u32);

/// What a thread can't go on without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The thread that has it.
    pub owner: Thread,
    /// What it is, in words: "`a.x`", "the import of `b`".
    pub what: String,
}

/// Threads that wait for units. A thread waits for at most one.
#[derive(Default, Debug)]
pub struct WaitGraph {
    /// waiter -> the unit and its owner; an entry exists exactly while the waiter is inside its wait and the owner has not
    /// ended the unit. So a circle of entries is a deadlock, and never one that somebody is just about to leave.
    waiting: BTreeMap<Thread, (Unit, Wait)>,
}

impl WaitGraph {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiting: BTreeMap::new() }
    }

    /// Records that `waiter` waits for a unit.
    pub fn begin(&mut self, waiter: Thread, unit: Unit, wait: Wait) {
        self.waiting.insert(waiter, (unit, wait));
    }

    /// Records that `waiter` no longer waits.
    pub fn end(&mut self, waiter: Thread) {
        self.waiting.remove(&waiter);
    }

    /// Records that a unit has been ended: nobody waits for it any more, also who has not noticed yet. Returns whether
    /// anybody did.
    pub fn release(&mut self, unit: Unit) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|_, (other, _)| *other != unit);
        self.waiting.len() < before
    }

    /// What a thread waits for.
    #[must_use]
    pub fn wait_of(&self, waiter: Thread) -> Option<&Wait> {
        self.waiting.get(&waiter).map(|(_, wait)| wait)
    }

    /// Whether a wait would never end, because its owner can't go on before `waiter` does, following our waits and
    /// `imports` (waiter -> wait for a module lock). Returns the circle: each wait's owner is the waiter of the next, and
    /// the last owner is `waiter`.
    #[must_use]
    pub fn circle(&self, waiter: Thread, wait: Wait, imports: &HashMap<Thread, Wait>) -> Option<Vec<Wait>> {
        let mut circle = vec![wait];
        // every step follows a distinct thread, so more steps than waits mean a circle that does not involve `waiter`
        for _ in 0..=self.waiting.len() + imports.len() {
            let current = circle.last()?.owner;
            if current == waiter {
                return Some(circle);
            }
            circle.push(self.wait_of(current).or_else(|| imports.get(&current))?.clone());
        }
        None
    }
}

/// A circle in words, as `waiter` sees it.
#[must_use]
pub fn described(circle: &[Wait]) -> String {
    let threads: BTreeMap<Thread, usize> =
        circle.iter().rev().skip(1).rev().zip(2..).map(|(wait, number)| (wait.owner, number)).collect();
    let mut who = "this thread".to_owned();
    let mut steps = Vec::with_capacity(circle.len());
    for wait in circle {
        let owner = threads.get(&wait.owner).map_or("this thread".to_owned(), |number| format!("thread {number}"));
        steps.push(format!("{who} waits for {}, which {owner} runs", wait.what));
        who = owner;
    }
    steps.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(owner: Thread) -> Wait {
        Wait { owner, what: format!("something of {owner}") }
    }

    fn check(
        ours: &[(Thread, Thread)],
        imports: &[(Thread, Thread)],
        waiter: Thread,
        owner: Thread,
        expected: &[Thread],
    ) {
        let mut graph = WaitGraph::new();
        for (number, (from, to)) in (0u32..).zip(ours) {
            graph.begin(*from, (1, number), wait(*to));
        }
        let imports = imports.iter().map(|(from, to)| (*from, wait(*to))).collect();
        let circle = graph.circle(waiter, wait(owner), &imports).unwrap_or_default();
        assert_eq!(circle.iter().map(|wait| wait.owner).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_free_owner_is_waited_for() {
        check(&[], &[], 1, 2, &[]);
        check(&[(3, 2)], &[], 1, 2, &[]);
    }

    #[test]
    fn own_units_and_crossed_units_are_circles() {
        check(&[], &[], 1, 1, &[1]);
        check(&[(2, 1)], &[], 1, 2, &[2, 1]);
        check(&[(2, 3), (3, 1)], &[], 1, 2, &[2, 3, 1]);
    }

    #[test]
    fn module_locks_count() {
        check(&[], &[(2, 1)], 1, 2, &[2, 1]);
        check(&[(2, 3)], &[(3, 1)], 1, 2, &[2, 3, 1]);
        check(&[], &[(1, 2)], 1, 2, &[]);
    }

    #[test]
    fn a_circle_among_others_is_not_ours() {
        check(&[(2, 3), (3, 2)], &[], 1, 2, &[]);
    }

    #[test]
    fn an_ended_wait_is_forgotten() {
        let mut graph = WaitGraph::new();
        graph.begin(2, (1, 0), wait(1));
        graph.end(2);
        assert_eq!(graph.circle(1, wait(2), &HashMap::new()), None);
    }

    #[test]
    fn who_waits_for_a_unit_that_has_been_ended_does_not_wait() {
        let mut graph = WaitGraph::new();
        graph.begin(2, (1, 0), wait(1));
        graph.begin(3, (1, 1), wait(1));
        graph.release((1, 0));
        assert_eq!(graph.wait_of(2), None);
        assert_eq!(graph.wait_of(3), Some(&wait(1)));
    }

    #[test]
    fn a_circle_is_told_step_by_step() {
        let unit = |owner, what: &str| Wait { owner, what: what.to_owned() };
        let circle = [unit(70, "`a.x`"), unit(80, "the import of `b`"), unit(90, "`c.y`")];
        assert_eq!(
            described(&circle),
            "this thread waits for `a.x`, which thread 2 runs; thread 2 waits for the import of `b`, which thread 3 runs; \
             thread 3 waits for `c.y`, which this thread runs"
        );
    }
}
