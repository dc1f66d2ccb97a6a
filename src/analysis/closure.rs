//! What running code that a name leads to may do, all calls included.
//!
//! Terms: to *make* is to call a function, or a class for a new instance, by its name; to *run* is to run any code that the
//! name's value leads to; *implicit* code is what merely using the value may run; *hooks* are what storing into it may run;
//! *certain* reads are those of functions that are certainly called, by name, one after the other. What a value *leads to*
//! is itself and, transitively, what it holds.
//!
//! ```python
//! def f(): g(); return T           # make f = its own effects and those of make g
//! class C:
//!     def __init__(self): self.a() # make C = __init__, then every method whose name __init__ mentions
//!     def a(self): ...
//!     def b(self): ...             # only part of: run C
//! x = C()                          # x leads to C
//! ```
//!
//! It is separate because it needs no syntax: facts in, totals out, by strongly connected components, so that a chain of
//! calls costs what it is long. A module whose totals would be larger than [`BUDGET`] is not split.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::effects::{Effects, LISTS_MODULES, THREAD_BOUND};
use super::graph::components;
use super::names::Symbol;
use super::outcome::{Class, Facts};
use super::symbol_set::SymbolSet;
use super::value;

/// Set elements written while totals are built; a bound on time and memory.
pub(super) const BUDGET: usize = 2_000_000;

/// Which code of a name is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Code {
    Run = 0,
    Make = 1,
    Implicit = 2,
    Certain = 3,
    Hooks = 4,
}

/// Totals by name.
pub(super) struct Closure {
    component: Vec<u32>,
    totals: Vec<Rc<Effects>>,
    leads_component: Vec<u32>,
    leads: Vec<Rc<SymbolSet>>,
}

impl Closure {
    /// `None` when the budget is spent.
    pub(super) fn new(facts: &[Facts], methods: &[BTreeMap<Symbol, Effects>]) -> Option<Self> {
        let mut own: Vec<Effects> = Vec::with_capacity(facts.len() * 5);
        let mut edges: Vec<Vec<u32>> = Vec::with_capacity(facts.len() * 5);
        let mut methods = Methods { facts, made: methods, joined: BTreeMap::new() };
        let nothing = Effects::default();
        for (position, fact) in facts.iter().enumerate() {
            let implicit = methods.construct(fact, &fact.implicit);
            let hooks = methods.construct(fact, &fact.hooks);
            let body = fact.called();
            let made =
                if fact.may_be_class() { Cow::Owned(methods.construct(fact, &body)) } else { Cow::Borrowed(&*body) };
            // Of either a function or a class nothing is certain.
            let certain = if fact.class == Class::Sometimes { &nothing } else { &*body };
            let held = |code: Code| fact.value.roots.iter().map(move |root| node(root, code)).collect::<Vec<u32>>();
            let called = |effects: &Effects| {
                let calls = effects.calls.iter().map(|symbol| node(symbol, Code::Make));
                let invokes = effects.invokes.iter().map(|symbol| node(symbol, Code::Run));
                let used = effects
                    .reads
                    .iter()
                    .filter(|symbol| facts.get(symbol.index()).is_some_and(Facts::is_used_by_reading));
                let reads = used.map(|symbol| node(symbol, Code::Implicit));
                let hooks = effects.hooks.iter().map(|symbol| node(symbol, Code::Hooks));
                let uses = effects.uses.iter().map(|symbol| node(symbol, Code::Implicit));
                calls.chain(invokes).chain(reads).chain(hooks).chain(uses).collect::<Vec<u32>>()
            };
            edges.push([held(Code::Run), called(&fact.code)].concat());
            let mut making = called(&made);
            if fact.may_be_class() && !fact.constructor.hooks.is_empty() {
                // An inherited `__init__` stores into instances of this class.
                making.push(node(Symbol(u32::try_from(position).unwrap_or(0)), Code::Hooks));
            }
            edges.push(making);
            let mut used = [held(Code::Implicit), called(&implicit)].concat();
            if fact.value.has(value::FOREIGN) && !fact.is_class() {
                // What using it runs is not known, but it can only be what it holds.
                used.push(node(Symbol(u32::try_from(position).unwrap_or(0)), Code::Run));
            }
            edges.push(used);
            edges.push(certain.certain_calls.iter().map(|symbol| node(symbol, Code::Certain)).collect());
            own.push(trim(&fact.code));
            own.push(trim(&made));
            own.push(trim(&implicit));
            let flags = certain.flags & (LISTS_MODULES | THREAD_BOUND);
            own.push(trim(&Effects { reads: certain.certain.clone(), flags, ..Effects::default() }));
            let mut hooked = [held(Code::Hooks), called(&hooks)].concat();
            if fact.value.has(value::FOREIGN) {
                // What stores do there is not known.
                hooked.push(node(Symbol(u32::try_from(position).unwrap_or(0)), Code::Run));
            }
            edges.push(hooked);
            own.push(trim(&hooks));
            debug_assert_eq!(own.len(), (position + 1) * 5);
        }
        let mut spent = 0;
        let (component, totals) = fold(&own, &edges, &mut spent, Effects::weight, Effects::join)?;
        let held: Vec<Vec<u32>> =
            facts.iter().map(|fact| fact.value.roots.iter().map(|root| root.0).collect()).collect();
        let selves: Vec<SymbolSet> = (0..facts.len())
            .map(|position| SymbolSet::from_iter([Symbol(u32::try_from(position).unwrap_or(0))]))
            .collect();
        let (leads_component, leads) = fold(&selves, &held, &mut spent, SymbolSet::len, SymbolSet::join)?;
        Some(Self { component, totals, leads_component, leads })
    }

    pub(super) fn total(&self, symbol: Symbol, code: Code) -> &Effects {
        &self.totals[self.component[node(symbol, code) as usize] as usize]
    }

    /// The name itself and all that its value leads to.
    pub(super) fn leads(&self, symbol: Symbol) -> &SymbolSet {
        &self.leads[self.leads_component[symbol.index()] as usize]
    }
}

fn node(symbol: Symbol, code: Code) -> u32 {
    symbol.0 * 5 + code as u32
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

/// Methods of classes, and what they do.
struct Methods<'f> {
    facts: &'f [Facts],
    made: &'f [BTreeMap<Symbol, Effects>],
    /// What methods of a name do that any of some pieces made, as far as somebody has asked. Where all classes of a module
    /// lead to one another, the pieces are the same for most of them.
    joined: BTreeMap<BTreeSet<usize>, BTreeMap<Symbol, Effects>>,
}

impl Methods<'_> {
    /// The effects of some methods of a class, and of all methods whose names they mention.
    fn construct(&mut self, fact: &Facts, start: &Effects) -> Effects {
        if start.attributes.is_empty() {
            return start.clone();
        }
        // The pieces that made the class and its bases.
        let mut makers: BTreeSet<usize> = fact.makers.clone();
        let mut seen = SymbolSet::new();
        let mut roots: Vec<Symbol> = fact.value.roots.iter().collect();
        while let Some(root) = roots.pop() {
            if let Some(base) = self.facts.get(root.index())
                && base.may_be_class()
                && seen.insert(root)
            {
                makers.extend(&base.makers);
                roots.extend(base.value.roots.iter());
            }
        }
        let made = self.made;
        let joined = self.joined.entry(makers.clone()).or_default();
        let mut all = start.clone();
        let mut done = SymbolSet::new();
        loop {
            let new: Vec<Symbol> = all.attributes.iter().filter(|attribute| done.insert(*attribute)).collect();
            if new.is_empty() {
                return all;
            }
            for attribute in new {
                all.join(joined.entry(attribute).or_insert_with(|| {
                    let mut any = Effects::default();
                    for effects in makers.iter().filter_map(|maker| made[*maker].get(&attribute)) {
                        any.join(effects);
                    }
                    any
                }));
            }
        }
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
