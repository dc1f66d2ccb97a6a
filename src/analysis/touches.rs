//! What each piece does to module-level names, all that it may run included.
//!
//! Terms: a piece *certainly reads* what its own expressions and the functions that it calls by name look up; it *may
//! read* whatever code that it can reach looks up; it *disturbs* a name when it may bind it or change its object, through
//! whatever other name.
//!
//! ```python
//! y = x = []         # x and y are the same object
//! z = {"k": x}       # z leads to x
//! z["k"].append(1)   # disturbs z, and what it leads to: x; and with x, y
//! ```
//!
//! It stands between the closure, which knows code, and the partition, which knows positions: everything here is about one
//! piece at a time.

use std::collections::BTreeMap;

use super::assertions;
use super::closure::{BUDGET, Closure};
use super::earlier::{Importers, Makers};
use super::effects::{
    ANY_NAME, CALLS_OUTSIDE, CHANGES_INSIDE_THIS, CHANGES_OUTSIDE, CHANGES_THIS, Effects, IMPORTS, LISTS_MODULES,
    MAY_FAIL_TO_IMPORT, READS_AMBIENT, RUNS_OWN_CODE, THREAD_BOUND,
};
use super::graph::Sets;
use super::names::{Symbol, Symbols};
use super::outcome::SETS_NAMES;
use super::outside_order;
use super::pieces::Role;
use super::running::Code;
use super::summary::Summary;
use super::symbol_set::SymbolSet;
use super::value;

/// What a piece does to module-level names.
#[derive(Default, Debug)]
pub(super) struct Touch {
    pub(super) certain: SymbolSet,
    /// Includes `certain`.
    pub(super) reads: SymbolSet,
    /// Names that it binds or deletes for sure, or may.
    pub(super) binds: SymbolSet,
    /// Names whose objects it may change.
    pub(super) changes: SymbolSet,
    /// Names on whose objects' contents its result depends.
    pub(super) snapshots: SymbolSet,
    /// It may read or bind any name.
    pub(super) any_name: bool,
    /// It looks at all of `sys.modules`, for sure (code that merely might would cost too much), or may look for a module there
    /// that nothing above imports.
    pub(super) lists_modules: bool,
    /// It looks something up in, or puts it into, an object of which every thread sees its own contents, for sure.
    pub(super) thread_bound: bool,
    /// It imports modules, or calls code outside that may.
    pub(super) may_import: bool,
    /// It may raise an `ImportError`.
    pub(super) may_fail: bool,
    /// The functions and classes of the module that it runs may change something outside, or call code there.
    pub(super) goes_outside: bool,
    /// It, or what it runs, calls code outside, or reads what belongs to the whole process.
    pub(super) looks_outside: bool,
    /// What its effect reads, if it has one.
    pub(super) effect_reads: SymbolSet,
    /// The piece that its assertions are about, if there are any and they are about one, and which name that binds.
    pub(super) subject: Option<(usize, Symbol)>,
    /// Why it must run at import, as far as it alone tells.
    pub(super) at_import: Option<String>,
}

/// Touches of all pieces, and what they are about.
pub(super) struct Touches {
    pub(super) pieces: Vec<Touch>,
    /// Names that some piece binds.
    pub(super) bound: SymbolSet,
    /// Names that functions rebind when they are called later.
    pub(super) rebound_later: SymbolSet,
    /// Names whose objects functions change when they are called later.
    pub(super) changed_later: SymbolSet,
}

/// Answers which names' objects a change reaches.
pub(super) struct Reach<'s> {
    summary: &'s Summary,
    closure: &'s Closure,
    same: Sets,
    members: BTreeMap<usize, Vec<Symbol>>,
    memo: BTreeMap<(Symbol, bool), SymbolSet>,
    put: BTreeMap<Symbol, SymbolSet>,
    inside: BTreeMap<Symbol, SymbolSet>,
}

impl<'s> Reach<'s> {
    pub(super) fn new(summary: &'s Summary, closure: &'s Closure, without: &str) -> Self {
        let mut same = Sets::new(summary.facts.len());
        for outcome in &summary.outcomes {
            for (symbol, bound) in outcome.bound.iter().chain(&outcome.bound_later) {
                if bound.has(value::SAME) && bound.has(value::MUTABLE) && without != "aliases" {
                    for root in &bound.roots {
                        same.union(symbol.index(), root.index());
                    }
                }
            }
        }
        let mut members: BTreeMap<usize, Vec<Symbol>> = BTreeMap::new();
        for position in 0..summary.facts.len() {
            let set = same.find(position);
            members.entry(set).or_default().push(Symbol(u32::try_from(position).unwrap_or(0)));
        }
        Self { summary, closure, same, members, memo: BTreeMap::new(), put: BTreeMap::new(), inside: BTreeMap::new() }
    }

    /// All names whose objects change when the object of this name does; deeply, when anything inside it does.
    pub(super) fn changed(&mut self, symbol: Symbol, deeply: bool) -> &SymbolSet {
        let facts = &self.summary.facts;
        let deeply = deeply || facts[symbol.index()].value.has(value::OPAQUE | value::TAKEN);
        let (same, members, closure) = (&mut self.same, &self.members, self.closure);
        self.memo.entry((symbol, deeply)).or_insert_with(|| {
            let mut all: SymbolSet = members[&same.find(symbol.index())].iter().copied().collect();
            if deeply {
                for inner in closure.leads(symbol) {
                    let inner_facts = &facts[inner.index()].value;
                    // What has no state of its own isn't changed by changing its holder.
                    if inner_facts.has(value::STATEFUL) && inner_facts.has(value::MUTABLE) {
                        all.extend(members[&same.find(inner.index())].iter().copied());
                    }
                }
            }
            all.retain(|name| facts[name.index()].value.has(value::MUTABLE));
            all
        })
    }

    /// All names whose objects change when something is put into an object that this name leads to: functions and classes
    /// that have no state of their own get some by it.
    pub(super) fn put_inside(&mut self, symbol: Symbol) -> &SymbolSet {
        let facts = &self.summary.facts;
        let (same, members, closure) = (&mut self.same, &self.members, self.closure);
        self.inside.entry(symbol).or_insert_with(|| {
            let leads = closure.leads(symbol).iter().filter(|inner| facts[inner.index()].value.has(value::MUTABLE));
            leads.flat_map(|inner| members[&same.find(inner.index())].iter().copied()).collect()
        })
    }

    /// All names whose objects change when something is put into the object of this name.
    pub(super) fn put_into(&mut self, symbol: Symbol) -> &SymbolSet {
        if self.closure.total(symbol, Code::Hooks).weight() > 0 {
            // The special methods that run may change what the object holds.
            return self.changed(symbol, true);
        }
        let (same, members) = (&mut self.same, &self.members);
        self.put.entry(symbol).or_insert_with(|| members[&same.find(symbol.index())].iter().copied().collect())
    }
}

/// Computes what every piece does.
///
/// `None` when the sets would be too large together: see [`BUDGET`].
pub(super) fn touches(summary: &Summary, closure: &Closure, symbols: &Symbols, without: &str) -> Option<Touches> {
    let mut reach = Reach::new(summary, closure, without);
    let mut all = Touches {
        pieces: Vec::with_capacity(summary.pieces.len()),
        bound: SymbolSet::new(),
        rebound_later: SymbolSet::new(),
        changed_later: SymbolSet::new(),
    };
    let mut escaped = Effects::default();
    let mut spent = 0;
    let makers = Makers::new(summary);
    let mut importers = Importers::default();
    for (position, outcome) in summary.outcomes.iter().enumerate() {
        let now = &outcome.now;
        let mut total = Effects::default();
        for symbol in &now.calls {
            total.join(closure.total(symbol, Code::Make));
        }
        for symbol in &now.invokes {
            total.join(closure.total(symbol, Code::Run));
        }
        for symbol in &now.hooks {
            total.join(closure.total(symbol, Code::Hooks));
        }
        for symbol in now.uses.iter().filter(|_| without != "implicit") {
            total.join(closure.total(symbol, Code::Implicit));
        }
        if now.has(RUNS_OWN_CODE) {
            follow(&outcome.made.code, closure, &mut total);
        }
        let mut touch = Touch { certain: now.certain.clone(), reads: now.reads.clone(), ..Touch::default() };
        for symbol in &now.certain_calls {
            let certain = closure.total(symbol, Code::Certain);
            touch.certain.join(&certain.reads);
            touch.lists_modules |= certain.has(LISTS_MODULES);
            touch.thread_bound |= certain.has(THREAD_BOUND);
        }
        let used = |symbol: &Symbol| summary.facts[symbol.index()].is_used_by_reading() && without != "implicit";
        for symbol in now.reads.iter().filter(used) {
            let implicit = closure.total(symbol, Code::Implicit);
            total.join(implicit);
            let facts = &summary.facts[symbol.index()];
            if implicit.has(CHANGES_THIS | CHANGES_INSIDE_THIS) && facts.value.has(value::STATEFUL) && !facts.is_class()
            {
                total.changes.insert(symbol);
            }
        }
        for symbol in outcome.named.iter().filter(|_| without != "set-name") {
            // `__set_name__` of a descriptor runs when the class is complete, and may change it.
            if closure.leads(symbol).iter().any(|inner| summary.facts[inner.index()].has(SETS_NAMES)) {
                total.join(closure.total(symbol, Code::Run));
                let facts = &summary.facts[symbol.index()];
                if !facts.is_class() || facts.value.has(value::STATEFUL) {
                    total.changes.insert(symbol);
                }
            }
        }
        let goes_outside = outcome.effect && (now.has(CALLS_OUTSIDE) || total.has(CALLS_OUTSIDE));
        if goes_outside {
            // Code outside may call, and change, whatever earlier effects handed to it.
            if without != "escapes" {
                total.join(&escaped);
            }
            for symbol in outcome.strong_invokes.iter() {
                escaped.join(closure.total(symbol, Code::Run));
            }
            escaped.changes.join(&outcome.strong_changes);
            escaped.changes_deeply.join(&now.changes_deeply);
            if now.has(RUNS_OWN_CODE) {
                follow(&outcome.made.code, closure, &mut escaped);
            }
        }
        for symbol in outcome.handed.iter().filter(|_| without != "escapes") {
            escaped.join(closure.total(symbol, Code::Run));
        }
        escaped.changes_deeply.join(&outcome.handed);
        if outcome.hands_own_code {
            follow(&outcome.made.code, closure, &mut escaped);
        }
        touch.reads.extend(touch.certain.iter().chain(&total.reads));
        if outcome.annotations_may_be_read {
            touch.reads.join(&outcome.annotations);
        }
        touch.binds.extend(outcome.bound.iter().map(|(symbol, _)| *symbol));
        touch.binds.join(&now.binds);
        touch.binds.extend(total.binds.iter().filter(|symbol| makers.may_bind(position, *symbol)));
        for (symbol, deeply) in now
            .changes
            .iter()
            .chain(&total.changes)
            .map(|symbol| (symbol, false))
            .chain(now.changes_deeply.iter().chain(&total.changes_deeply).map(|symbol| (symbol, true)))
        {
            touch.changes.join(reach.changed(symbol, deeply));
        }
        for symbol in now.puts.iter().chain(&total.puts) {
            touch.changes.join(reach.put_into(symbol));
        }
        for symbol in now.puts_deeply.iter().chain(&total.puts_deeply) {
            touch.changes.join(reach.put_inside(symbol));
        }
        touch.snapshots.extend(now.snapshots.iter().chain(&total.snapshots));
        touch.goes_outside = total.has(CALLS_OUTSIDE | CHANGES_OUTSIDE);
        touch.any_name = now.has(ANY_NAME) || (total.has(ANY_NAME) && position >= makers.any_name);
        touch.may_import = (now.flags | total.flags) & (IMPORTS | CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT) != 0;
        touch.may_fail = (now.flags | total.flags) & MAY_FAIL_TO_IMPORT != 0;
        touch.lists_modules |= now.has(LISTS_MODULES);
        if without != "module-lookups" {
            let mut modules = SymbolSet::new();
            closure.join_lookups(&summary.facts, now, &mut modules);
            if now.has(RUNS_OWN_CODE) {
                closure.join_lookups(&summary.facts, &outcome.made.code, &mut modules);
            }
            touch.lists_modules |= !importers.have(&modules, symbols);
            modules.join(&total.modules);
            for importer in modules.iter().flat_map(|module| importers.of(symbols.text(module))) {
                // for sure, because no lookup of a name makes the import run
                let bound: SymbolSet = summary.outcomes[importer].bound.iter().map(|(symbol, _)| *symbol).collect();
                touch.certain.join(&bound);
                touch.reads.join(&bound);
            }
        }
        importers.add(position, outcome);
        touch.thread_bound |= now.has(THREAD_BOUND);
        touch.looks_outside =
            now.has(CALLS_OUTSIDE | READS_AMBIENT) || total.has(CALLS_OUTSIDE | IMPORTS | READS_AMBIENT);
        touch.effect_reads = outside_order::effect_reads(outcome, closure);
        touch.at_import = at_import(outcome, &touch, summary, closure, symbols);
        all.bound.join(&touch.binds);
        all.rebound_later.join(&outcome.made.code.binds);
        for (changes, deeply) in [(&outcome.made.code.changes, false), (&outcome.made.code.changes_deeply, true)] {
            for symbol in changes {
                all.changed_later.join(reach.changed(symbol, deeply));
            }
        }
        for symbol in &outcome.made.code.puts {
            all.changed_later.join(reach.put_into(symbol));
        }
        for symbol in &outcome.made.code.puts_deeply {
            all.changed_later.join(reach.put_inside(symbol));
        }
        spent += touch.reads.len() + touch.changes.len() + touch.snapshots.len() + escaped.weight();
        if spent > BUDGET {
            return None;
        }
        all.pieces.push(touch);
    }
    for (position, subject) in assertions::subjects(summary, closure, &all, symbols) {
        let touch = &mut all.pieces[position];
        touch.subject = subject.filter(|_| without != "assertions");
        if touch.subject.is_none() {
            touch.at_import.get_or_insert_with(|| "it raises on purpose".to_owned());
        }
    }
    // Nobody would ever touch a name to make these run: `if f(): pass`, `() = f()`, `with f(): pass`.
    for (touch, role) in all.pieces.iter_mut().zip(&summary.roles) {
        let nameless = touch.binds.is_empty() && touch.changes.is_disjoint(&all.bound);
        if nameless && touch.subject.is_none() && *role == Role::Ordinary && touch.at_import.is_none() {
            touch.at_import = Some("it binds no name of this module, and changes the object of none".to_owned());
        }
    }
    Some(all)
}

/// Adds what running some code does, calls included.
pub(super) fn follow(code: &Effects, closure: &Closure, total: &mut Effects) {
    total.join(code);
    for symbol in &code.calls {
        total.join(closure.total(symbol, Code::Make));
    }
    for symbol in &code.invokes {
        total.join(closure.total(symbol, Code::Run));
    }
    for symbol in &code.hooks {
        total.join(closure.total(symbol, Code::Hooks));
    }
    for symbol in &code.uses {
        total.join(closure.total(symbol, Code::Implicit));
    }
    for symbol in &code.reads {
        // Classes included: this code may also make the instances that it uses.
        total.join(closure.total(symbol, Code::Implicit));
    }
}

/// Why a piece that exists for its effect can't wait.
fn at_import(
    outcome: &super::outcome::Outcome,
    touch: &Touch,
    summary: &Summary,
    closure: &Closure,
    symbols: &Symbols,
) -> Option<String> {
    if !outcome.effect {
        return None;
    }
    if let Some(why) = outcome.outside {
        return Some(why.to_owned());
    }
    for (symbol, code) in outside_order::effect_runs(outcome) {
        if closure.total(symbol, code).has(CALLS_OUTSIDE | CHANGES_OUTSIDE) {
            return Some(format!("code of `{}` may have effects outside the module", symbols.text(symbol)));
        }
    }
    if outcome.effect_runs_own_code && outcome.made.code.has(CALLS_OUTSIDE | CHANGES_OUTSIDE) {
        return Some("its own functions may have effects outside the module".to_owned());
    }
    let shared = |symbol: &Symbol| summary.facts[symbol.index()].value.has(value::SHARED);
    if let Some(symbol) = outcome.strong_changes.iter().find(shared) {
        return Some(format!("code outside the module may hold the object of `{}`", symbols.text(symbol)));
    }
    if touch.changes.is_empty() && touch.binds.is_empty() && outcome.asserts.is_none() {
        return Some("it exists for its effect, and that is not on a name of this module".to_owned());
    }
    None
}
