//! Directed graphs: strongly connected components and union-find.
//!
//! Terms: nodes are positions `0..count`; a *component* is a maximal set of nodes that reach each other; components come
//! out callees first, so whoever folds over them finds the results of successors ready.
//!
//! ```python
//! def f(): return g()     # f -> g -> f is one component, h another one that is listed after it
//! def g(): return f()
//! h = f()
//! ```
//!
//! It is separate because units, names and functions are three graphs with one algorithm, and because both algorithms are
//! iterative: a module may hold a chain of a million nodes.

/// Tarjan's algorithm. `edges[node]` lists successors; the result maps every node to its component, counted in reverse
/// topological order (a component's number is larger than that of every component it reaches).
pub(super) fn components(edges: &[Vec<u32>]) -> (Vec<u32>, usize) {
    const NEW: u32 = u32::MAX;
    let count = edges.len();
    let mut index = vec![NEW; count];
    let mut low = vec![0u32; count];
    let mut component = vec![NEW; count];
    let (mut stack, mut calls): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let (mut counter, mut found) = (0u32, 0u32);
    for start in 0..count {
        if index[start] != NEW {
            continue;
        }
        calls.push((start, 0));
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                index[node] = counter;
                low[node] = counter;
                counter += 1;
                stack.push(node);
            } else {
                let child = edges[node][edge - 1] as usize;
                if component[child] == NEW {
                    low[node] = low[node].min(low[child]);
                }
            }
            if let Some(child) = edges[node].get(edge) {
                let child = *child as usize;
                calls.push((node, edge + 1));
                if index[child] == NEW {
                    calls.push((child, 0));
                } else if component[child] == NEW {
                    low[node] = low[node].min(index[child]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(member) = stack.pop() {
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    (component, found as usize)
}

/// Disjoint sets of positions; the smallest member stands for its set.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..u32::try_from(count).expect("fewer nodes than source bytes")).collect() }
    }

    pub(super) fn find(&mut self, node: usize) -> usize {
        let mut at = node;
        while self.parent[at] as usize != at {
            self.parent[at] = self.parent[self.parent[at] as usize];
            at = self.parent[at] as usize;
        }
        at
    }

    /// Joins the sets of two nodes; true when they were different.
    pub(super) fn union(&mut self, one: usize, two: usize) -> bool {
        let (one, two) = (self.find(one), self.find(two));
        if one == two {
            return false;
        }
        let (small, large) = (one.min(two), one.max(two));
        self.parent[large] = u32::try_from(small).expect("a node");
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[&[u32]], expected: &[u32]) {
        let edges: Vec<Vec<u32>> = edges.iter().map(|list| list.to_vec()).collect();
        assert_eq!(components(&edges).0, expected);
    }

    #[test]
    fn components_come_callees_first() {
        check(&[&[1], &[2], &[]], &[2, 1, 0]);
        check(&[&[1], &[0], &[0]], &[0, 0, 1]);
        check(&[&[1, 3], &[2], &[1], &[]], &[2, 0, 0, 1]);
        check(&[&[0]], &[0]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 300_000u32;
        let edges: Vec<Vec<u32>> =
            (0..count).map(|node| if node + 1 < count { vec![node + 1] } else { vec![] }).collect();
        assert_eq!(components(&edges).1, count as usize);
    }

    #[test]
    fn the_smallest_member_stands_for_a_set() {
        let mut sets = Sets::new(4);
        assert!(sets.union(3, 1));
        assert!(sets.union(3, 2));
        assert!(!sets.union(1, 2));
        assert_eq!((sets.find(3), sets.find(0)), (1, 0));
    }
}
