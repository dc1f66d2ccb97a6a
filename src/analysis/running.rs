//! Which code runs which other.
//!
//! Terms: a *node* is a name and which code of it is meant; to *make* is to call a function, or a class for a new instance, by
//! its name; to *run* is to run any code that the name's value leads to; *implicit* code is what merely using the value may run;
//! *hooks* are what storing into it may run; *certain* calls are those of functions that are certainly called, by name, one
//! after the other.
//!
//! ```python
//! def f(): g()                     # make f: make g
//! class C:
//!     def __init__(self): self.a() # make C: __init__, then every method whose name __init__ mentions
//!     def a(self): ...
//!     def b(self): ...             # only part of: run C
//! x = [C()]                        # implicit x: implicit C
//! ```
//!
//! It is separate from [`super::closure`], which adds up what all of that does, because [`super::wake`] only wants to know what runs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::effects::{Effects, LISTS_MODULES, THREAD_BOUND};
use super::names::Symbol;
use super::outcome::{Class, Facts};
use super::symbol_set::{PieceSet, SymbolSet};
use super::value;

/// Which code of a name is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Code {
    Run = 0,
    Make = 1,
    Implicit = 2,
    Certain = 3,
    Hooks = 4,
}

pub(super) const CODES: [Code; 5] = [Code::Run, Code::Make, Code::Implicit, Code::Certain, Code::Hooks];

pub(super) fn node(symbol: Symbol, code: Code) -> u32 {
    symbol.0 * 5 + code as u32
}

/// Which code runs which other.
pub(super) struct Calls<'f> {
    facts: &'f [Facts],
    methods: Methods<'f>,
}

impl<'f> Calls<'f> {
    pub(super) fn new(facts: &'f [Facts], methods: &'f [BTreeMap<Symbol, Effects>]) -> Self {
        let makers = vec![None; facts.len()];
        Self { facts, methods: Methods { facts, made: methods, makers, joined: FxHashMap::default() } }
    }

    /// Where some code of a name begins. What is certain has no beginning of its own: it is part of making.
    fn begin(&self, symbol: Symbol, code: Code) -> Beginning<'f> {
        let fact = &self.facts[symbol.index()];
        let is_foreign = fact.value.has(value::FOREIGN);
        let (effects, finds_methods) = match code {
            Code::Run => (Cow::Borrowed(&fact.code), false),
            Code::Make | Code::Certain => (fact.called(), fact.may_be_class()),
            Code::Implicit => (Cow::Borrowed(&fact.implicit), true),
            Code::Hooks => (Cow::Borrowed(&fact.hooks), true),
        };
        let also = match code {
            // An inherited `__init__` stores into instances of this class.
            Code::Make if fact.may_be_class() && !fact.constructor.hooks.is_empty() => Some(Code::Hooks),
            // What using it runs, or a store, is not known, but it can only be what it holds.
            Code::Hooks if is_foreign => Some(Code::Run),
            Code::Implicit if is_foreign && !fact.is_class() => Some(Code::Run),
            _ => None,
        };
        let held = matches!(code, Code::Run | Code::Implicit | Code::Hooks).then_some(&fact.value.roots);
        Beginning { effects, finds_methods, held, also }
    }

    /// What some code of a name does itself, and which other code it runs.
    pub(super) fn of(&mut self, symbol: Symbol, code: Code) -> (Cow<'f, Effects>, Vec<u32>) {
        let fact = &self.facts[symbol.index()];
        let Beginning { effects, finds_methods, held, also } = self.begin(symbol, code);
        if code == Code::Certain {
            if fact.class == Class::Sometimes {
                // Of either a function or a class nothing is certain.
                return (Cow::Owned(Effects::default()), Vec::new());
            }
            let runs = effects.certain_calls.iter().map(|symbol| node(symbol, Code::Certain)).collect();
            let flags = effects.flags & (LISTS_MODULES | THREAD_BOUND);
            return (Cow::Owned(Effects { reads: effects.certain.clone(), flags, ..Effects::default() }), runs);
        }
        let effects = if finds_methods { self.methods.construct(symbol, effects) } else { effects };
        let held = held.into_iter().flatten().map(|root| node(root, code));
        let also = also.map(|code| node(symbol, code));
        let runs = held.chain(also).chain(called(self.facts, &effects)).collect();
        (effects, runs)
    }

    /// All that runs when some code does, and that of some names: the names whose code it is, the pieces that made it where it
    /// is the method of a class, and what is flagged of it.
    pub(super) fn running(&mut self, start: &[(Symbol, Code)], code: &[&Effects]) -> Running {
        let facts = self.facts;
        let used = (0..).map(Symbol).zip(facts).filter(|(_, facts)| facts.is_used_by_reading());
        let used: SymbolSet = used.map(|(symbol, _)| symbol).collect();
        let mut all = Running { used, ..Running::default() };
        for (symbol, code) in start {
            all.reach(&SymbolSet::from_iter([*symbol]), *code);
        }
        code.iter().for_each(|effects| all.follow(effects));
        let mut looked_up: FxHashMap<PieceSet, SymbolSet> = FxHashMap::default();
        while let Some((symbol, code)) = all.stack.pop() {
            let Beginning { effects, finds_methods, held, also } = self.begin(symbol, code);
            held.into_iter().for_each(|held| all.reach(held, code));
            also.into_iter().for_each(|code| all.reach(&SymbolSet::from_iter([symbol]), code));
            all.follow(&effects);
            if all.take(&effects) {
                all.names.insert(symbol);
            }
            if !finds_methods || effects.attributes.is_empty() {
                continue;
            }
            let makers = self.methods.makers(symbol);
            let known = looked_up.entry(makers.clone()).or_default();
            let mut new = known.insert_from(&effects.attributes, None);
            while !new.is_empty() {
                let mut mentioned = SymbolSet::new();
                for attribute in &new {
                    for maker in makers.iter() {
                        let Some(method) = self.methods.made[maker].get(&attribute) else { continue };
                        all.follow(method);
                        mentioned.join(&method.attributes);
                        if all.take(method) {
                            all.pieces.insert(maker);
                        }
                    }
                }
                new = known.insert_from(&mentioned, None);
            }
        }
        all
    }
}

/// Where the code of a name begins.
struct Beginning<'f> {
    effects: Cow<'f, Effects>,
    /// The attributes that it mentions may be methods of the class itself.
    finds_methods: bool,
    /// Names of which the same code runs, too.
    held: Option<&'f SymbolSet>,
    /// Other code of the same name that does.
    also: Option<Code>,
}

/// What runs, all together.
#[derive(Default)]
pub(super) struct Running {
    pub(super) names: SymbolSet,
    pub(super) pieces: BTreeSet<usize>,
    pub(super) flags: u16,
    /// Names that are used when they are read.
    used: SymbolSet,
    /// What has been reached, by code, and of that, what has not been looked at.
    reached: [SymbolSet; CODES.len()],
    stack: Vec<(Symbol, Code)>,
}

impl Running {
    fn reach(&mut self, symbols: &SymbolSet, code: Code) {
        let new = self.reached[code as usize].insert_from(symbols, None);
        self.stack.extend(new.iter().map(|symbol| (symbol, code)));
    }

    /// What the code runs besides itself.
    fn follow(&mut self, effects: &Effects) {
        for (symbols, code, used) in besides(effects) {
            let within = used.then_some(&self.used);
            let new = self.reached[code as usize].insert_from(symbols, within);
            self.stack.extend(new.iter().map(|symbol| (symbol, code)));
        }
    }

    /// Takes code in; true when it does anything. Looking an attribute up is nothing, unless that runs code of its own.
    fn take(&mut self, effects: &Effects) -> bool {
        self.flags |= effects.flags;
        effects.weight() > effects.attributes.len()
    }
}

/// The nodes of what code runs besides itself, without what it finds in objects.
pub(super) fn called(facts: &[Facts], effects: &Effects) -> Vec<u32> {
    let mut nodes = Vec::new();
    for (symbols, code, used) in besides(effects) {
        let is_run = |symbol: &Symbol| !used || facts.get(symbol.index()).is_some_and(Facts::is_used_by_reading);
        nodes.extend(symbols.iter().filter(is_run).map(|symbol| node(symbol, code)));
    }
    nodes
}

/// What code runs besides itself: names, which code of them, and whether only of those that are used when they are read.
fn besides(effects: &Effects) -> [(&SymbolSet, Code, bool); 5] {
    [
        (&effects.calls, Code::Make, false),
        (&effects.invokes, Code::Run, false),
        (&effects.reads, Code::Implicit, true),
        (&effects.hooks, Code::Hooks, false),
        (&effects.uses, Code::Implicit, false),
    ]
}

/// Methods of classes, and what they do.
struct Methods<'f> {
    facts: &'f [Facts],
    made: &'f [BTreeMap<Symbol, Effects>],
    /// By class, the pieces that made it and its bases, as far as somebody has asked.
    makers: Vec<Option<PieceSet>>,
    /// What methods of a name do that any of some pieces made, as far as somebody has asked. Where all classes of a module
    /// lead to one another, the pieces are the same for most of them.
    joined: FxHashMap<PieceSet, BTreeMap<Symbol, Effects>>,
}

impl Methods<'_> {
    /// The pieces that made a class and its bases.
    fn makers(&mut self, class: Symbol) -> PieceSet {
        if let Some(makers) = &self.makers[class.index()] {
            return makers.clone();
        }
        let fact = &self.facts[class.index()];
        let mut makers = fact.makers.clone();
        let mut seen = SymbolSet::new();
        let mut roots: Vec<Symbol> = fact.value.roots.iter().collect();
        while let Some(root) = roots.pop() {
            if let Some(base) = self.facts.get(root.index())
                && base.may_be_class()
                && seen.insert(root)
            {
                makers.join(&base.makers);
                roots.extend(base.value.roots.iter());
            }
        }
        self.makers[class.index()] = Some(makers.clone());
        makers
    }

    /// The effects of some methods of a class, and of all methods whose names they mention.
    fn construct<'e>(&mut self, class: Symbol, start: Cow<'e, Effects>) -> Cow<'e, Effects> {
        if start.attributes.is_empty() {
            return start;
        }
        let makers = self.makers(class);
        let made = self.made;
        let joined = self.joined.entry(makers.clone()).or_default();
        let mut all = start.into_owned();
        all.join_mentioned(|all, attribute| {
            all.join(joined.entry(attribute).or_insert_with(|| {
                let mut any = Effects::default();
                for effects in makers.iter().filter_map(|maker| made[maker].get(&attribute)) {
                    any.join(effects);
                }
                any
            }));
        });
        Cow::Owned(all)
    }
}
