//! What running code that a name leads to may do, all calls included.
//!
//! Terms: the *total* of a node of [`super::running`] is what it does and all that it runs, added up. What a value *leads to* is
//! itself and, transitively, what it holds.
//!
//! ```python
//! def f(): g(); return T           # make f = its own effects and those of make g
//! x = C()                          # x leads to C
//! ```
//!
//! It is separate because it needs no syntax: facts in, totals out, by strongly connected components, so that a chain of
//! calls costs what it is long. A module whose totals would be larger than [`BUDGET`] is not split.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::effects::Effects;
use super::graph::components;
use super::names::Symbol;
use super::outcome::Facts;
use super::running::{CODES, Calls, Code, called, node};
use super::symbol_set::SymbolSet;

/// Set elements written while totals are built; a bound on time and memory.
pub(super) const BUDGET: usize = 2_000_000;

/// Totals by name.
pub(super) struct Closure {
    component: Vec<u32>,
    totals: Vec<Rc<Effects>>,
    leads_component: Vec<u32>,
    leads: Vec<Rc<SymbolSet>>,
    /// Where there are any: modules that code looks up, itself or in what it runs without finding it in objects, by node.
    lookups: Option<(Vec<u32>, Vec<Rc<SymbolSet>>)>,
}

impl Closure {
    /// `None` when the budget is spent.
    pub(super) fn new(facts: &[Facts], methods: &[BTreeMap<Symbol, Effects>]) -> Option<Self> {
        let mut own: Vec<Effects> = Vec::with_capacity(facts.len() * CODES.len());
        let mut edges: Vec<Vec<u32>> = Vec::with_capacity(facts.len() * CODES.len());
        let mut calls = Calls::new(facts, methods);
        for symbol in (0..).map(Symbol).take(facts.len()) {
            for code in CODES {
                let (effects, runs) = calls.of(symbol, code);
                own.push(trim(&effects));
                edges.push(runs);
            }
        }
        let mut spent = 0;
        let (component, totals) = fold(&own, &edges, &mut spent, Effects::weight, Effects::join)?;
        let lookups = if own.iter().all(|effects| effects.modules.is_empty()) {
            None
        } else {
            let lookups: Vec<SymbolSet> = own.iter().map(|effects| effects.modules.clone()).collect();
            Some(fold(&lookups, &named(facts, &mut calls), &mut spent, SymbolSet::len, SymbolSet::join)?)
        };
        let held: Vec<Vec<u32>> = facts
            .iter()
            .map(|fact| fact.value.roots.iter().chain(&fact.returns.roots).map(|root| root.0).collect())
            .collect();
        let symbols = (0..).map(Symbol).take(facts.len());
        let selves: Vec<SymbolSet> = symbols.map(|symbol| SymbolSet::from_iter([symbol])).collect();
        let (leads_component, leads) = fold(&selves, &held, &mut spent, SymbolSet::len, SymbolSet::join)?;
        Some(Self { component, totals, leads_component, leads, lookups })
    }

    pub(super) fn total(&self, symbol: Symbol, code: Code) -> &Effects {
        &self.totals[self.component[node(symbol, code) as usize] as usize]
    }

    /// Adds the modules that code looks up, itself or in what it runs. What it finds in objects is not counted: that may be
    /// nearly anything, and all imports, in any module, run before a lookup of what nothing imports.
    pub(super) fn join_lookups(&self, facts: &[Facts], code: &Effects, into: &mut SymbolSet) {
        into.join(&code.modules);
        if let Some((component, lookups)) = &self.lookups {
            for node in called(facts, code) {
                into.join(&lookups[component[node as usize] as usize]);
            }
        }
    }

    /// The name itself and all that its value leads to.
    pub(super) fn leads(&self, symbol: Symbol) -> &SymbolSet {
        &self.leads[self.leads_component[symbol.index()] as usize]
    }
}

/// By node, what code runs besides itself without finding it in objects.
fn named(facts: &[Facts], calls: &mut Calls<'_>) -> Vec<Vec<u32>> {
    let symbols = (0..).map(Symbol).take(facts.len());
    let nodes = symbols.flat_map(|symbol| CODES.map(|code| (symbol, code)));
    let runs = |(symbol, code): (Symbol, Code)| {
        // another name of one object
        let alias = facts[symbol.index()].value.only_root().filter(|_| code == Code::Run);
        let (effects, _) = calls.of(symbol, code);
        alias.map(|root| node(root, code)).into_iter().chain(called(facts, &effects)).collect()
    };
    nodes.map(runs).collect()
}

/// What callers need of the effects.
fn trim(effects: &Effects) -> Effects {
    Effects {
        certain: SymbolSet::new(),
        calls: SymbolSet::new(),
        certain_calls: SymbolSet::new(),
        invokes: SymbolSet::new(),
        hooks: SymbolSet::new(),
        uses: SymbolSet::new(),
        attributes: SymbolSet::new(),
        ..effects.clone()
    }
}

type Totals<T> = (Vec<u32>, Vec<Rc<T>>);

/// Joins every node's own value with those of all nodes that it reaches.
fn fold<T: Clone + Default>(
    own: &[T],
    edges: &[Vec<u32>],
    spent: &mut usize,
    weight: impl Fn(&T) -> usize,
    join: impl Fn(&mut T, &T) -> bool,
) -> Option<Totals<T>> {
    let (component, count) = components(edges);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (node, component) in component.iter().enumerate() {
        members[*component as usize].push(node);
    }
    let mut totals: Vec<Rc<T>> = Vec::with_capacity(count);
    for (position, members) in members.iter().enumerate() {
        let mut below: BTreeSet<u32> = BTreeSet::new();
        for member in members {
            below.extend(edges[*member].iter().map(|child| component[*child as usize]));
        }
        below.remove(&u32::try_from(position).unwrap_or(u32::MAX));
        if let ([member], Some(only)) = (members.as_slice(), below.first())
            && below.len() == 1
            && weight(&own[*member]) == 0
        {
            totals.push(Rc::clone(&totals[*only as usize]));
            continue;
        }
        let mut total = T::default();
        for member in members {
            join(&mut total, &own[*member]);
        }
        for child in below {
            *spent += weight(&totals[child as usize]);
            if *spent > BUDGET {
                return None;
            }
            join(&mut total, &totals[child as usize]);
        }
        totals.push(Rc::new(total));
    }
    Some((component, totals))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `calls[i]` lists what function `i` calls; function `i` reads the name `100 + i`.
    fn check(calls: &[&[u32]], of: u32, expected: &[u32]) {
        let mut facts: Vec<Facts> = vec![Facts::default(); 110];
        for (position, called) in calls.iter().enumerate() {
            let code = &mut facts[position].code;
            for reads in [&mut code.reads, &mut code.certain] {
                reads.insert(Symbol(100 + u32::try_from(position).unwrap()));
            }
            for calls in [&mut code.calls, &mut code.certain_calls] {
                calls.extend(called.iter().map(|symbol| Symbol(*symbol)));
            }
            facts[position].call = facts[position].code.clone();
        }
        let closure = Closure::new(&facts, &[]).expect("small");
        for code in [Code::Make, Code::Run, Code::Certain] {
            let reads: Vec<u32> = closure.total(Symbol(of), code).reads.iter().map(|symbol| symbol.0 - 100).collect();
            assert_eq!(reads, expected);
        }
    }

    #[test]
    fn calls_are_followed_through_cycles() {
        check(&[&[1], &[2], &[]], 0, &[0, 1, 2]);
        check(&[&[1], &[2], &[]], 2, &[2]);
        check(&[&[1], &[0, 2], &[]], 1, &[0, 1, 2]);
    }
}
