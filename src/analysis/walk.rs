//! The walker: where names are resolved, and where reading, binding and changing are recorded.
//!
//! Terms: a *frame* is a block being walked; a *sink* is the record that effects go to, one for what runs now and a new one
//! for each function that is only being made. What a walk yields is described in [`super::outcome`].
//!
//! ```python
//! x = 1                     # sink: now.  binds x
//! def f(a, c=x):            # sink: now.  reads x
//!     a.append(y)           # sink: code of f.  reads y, changes an argument
//! ```
//!
//! This file holds the state and its primitive operations; what each kind of expression and statement means is written in
//! [`super::expressions`], [`super::objects`], [`super::calls`], [`super::statements`] and [`super::definitions`]. One
//! walk sees locals of a function without regard to order: what was assigned to them is remembered from walk to walk, and
//! [`super::summary`] repeats walks until nothing new comes out.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::effects::Effects;
use super::guards::Guard;
use super::keeping::Kept;
use super::names::{Symbol, Symbols, mangle};
use super::outcome::{Facts, Note, Outcome};
use super::own_module::is_own;
use super::parse::TextSize;
use super::parse::ast::Expr;
use super::shape::{Shape, Standing};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Block {
    Function,
    Class,
    Comprehension,
}

/// A block being walked.
#[derive(Debug)]
pub(super) struct Frame {
    /// Offset of the block, under which its locals are remembered.
    pub(super) id: u32,
    pub(super) block: Block,
    pub(super) locals: SymbolSet,
    pub(super) globals: SymbolSet,
    /// Of a class body, names that certainly are bound by now.
    pub(super) certain: SymbolSet,
    /// The class whose private names are mangled here.
    pub(super) class: Option<String>,
    /// Of a function, nested functions that it only hands back.
    pub(super) handed_back: SymbolSet,
    /// Of a class body, names to which nothing but one plain function is bound, by `def`.
    pub(super) defined: SymbolSet,
}

impl Frame {
    pub(super) fn new(id: u32, block: Block) -> Self {
        Self {
            id,
            block,
            locals: SymbolSet::new(),
            globals: SymbolSet::new(),
            certain: SymbolSet::new(),
            class: None,
            handed_back: SymbolSet::new(),
            defined: SymbolSet::new(),
        }
    }
}

/// Locals by block and name; kept from walk to walk.
pub(super) type Locals = BTreeMap<(u32, Symbol), Value>;

/// The local that stands for all that was put into objects that only locals of a function name.
pub(super) const HEAP: Symbol = Symbol(u32::MAX);

/// See the module's documentation.
pub(super) struct Walker<'w, 'a> {
    pub(super) shape: &'w Shape<'a>,
    pub(super) symbols: &'w mut Symbols,
    pub(super) facts: &'w [Facts],
    /// All names into whose objects some function puts its arguments.
    pub(super) kept: &'w SymbolSet,
    /// The names whose objects may be from outside.
    pub(super) foreign: &'w SymbolSet,
    /// The names that may stand for classes of this module.
    pub(super) classes: &'w SymbolSet,
    pub(super) locals: &'w mut Locals,
    /// Something new was learnt about a local.
    pub(super) changed: bool,
    /// Stop refining: every local may be anything that the piece mentions.
    pub(super) widened: bool,
    pub(super) frames: Vec<Frame>,
    pub(super) sinks: Vec<Effects>,
    /// How many of `frames` are functions.
    pub(super) functions: usize,
    /// What the functions being walked return.
    pub(super) returns: Vec<Value>,
    /// Names whose objects functions return that are only handed back.
    pub(super) returned_later: SymbolSet,
    /// The module-level class whose methods are being walked.
    pub(super) this: Option<Symbol>,
    /// What the walk is inside of.
    pub(super) guard: Guard,
    /// Depth of branches that may not be taken.
    pub(super) branches: usize,
    /// What is walked of a function, or of the piece, may not run: it is inside of so many branches, or stands behind so many
    /// returns that are.
    pub(super) doubts: usize,
    pub(super) out: Outcome,
    /// What the piece puts into objects later, and now, where that was noted already: by which names.
    pub(super) given: [FxHashMap<Value, SymbolSet>; 2],
    /// By names that are called, the names whose objects keep arguments then.
    pub(super) followed: FxHashMap<SymbolSet, Rc<SymbolSet>>,
    /// The piece costs more than splitting the module is worth.
    pub(super) costs_too_much: bool,
}

/// Where a name is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Module,
    Local(u32),
    /// In a class body: there, and when it isn't there yet, in the module.
    Either(u32),
}

impl<'w, 'a> Walker<'w, 'a> {
    pub(super) fn new(
        shape: &'w Shape<'a>,
        symbols: &'w mut Symbols,
        (facts, kept): (&'w [Facts], &'w Kept),
        locals: &'w mut Locals,
        widened: bool,
    ) -> Self {
        Self {
            shape,
            symbols,
            facts,
            kept: &kept.names,
            foreign: &kept.foreign,
            classes: &kept.classes,
            locals,
            changed: false,
            widened,
            frames: Vec::new(),
            sinks: vec![Effects::default()],
            functions: 0,
            returns: Vec::new(),
            returned_later: SymbolSet::new(),
            this: None,
            guard: Guard::None,
            branches: 0,
            doubts: 0,
            out: Outcome::default(),
            given: [FxHashMap::default(), FxHashMap::default()],
            followed: FxHashMap::default(),
            costs_too_much: false,
        }
    }

    /// Ends the walk.
    pub(super) fn finish(mut self) -> (Outcome, bool) {
        self.out.now = self.sinks.pop().unwrap_or_default();
        (self.out, self.changed)
    }

    /// The record that effects go to.
    pub(super) fn sink(&mut self) -> &mut Effects {
        self.sinks.last_mut().expect("the sink of the piece itself is never popped")
    }

    /// The walk is in code that runs while the piece executes.
    pub(super) fn runs_now(&self) -> bool {
        self.functions == 0
    }

    pub(super) fn symbol(&mut self, name: &str) -> Symbol {
        let class = self.frames.iter().rev().find_map(|frame| frame.class.as_deref());
        if class.is_none() || !name.starts_with("__") {
            return self.symbols.intern(name);
        }
        let mangled = mangle(class, name);
        self.symbols.intern(&mangled)
    }

    pub(super) fn fact(&self, symbol: Symbol) -> Option<&'w Facts> {
        self.facts.get(symbol.index())
    }

    pub(super) fn note(&mut self, code: &'static str, at: TextSize, detail: impl Into<String>) {
        if self.runs_now() {
            self.out.notes.insert(Note { code, at, detail: detail.into() });
        }
    }

    /// Where the innermost block looks a name up (`symtable.c`, `analyze_name`).
    pub(super) fn place(&self, symbol: Symbol) -> Place {
        let mut innermost = true;
        for frame in self.frames.iter().rev() {
            match frame.block {
                Block::Class if innermost => {
                    if frame.globals.contains(symbol) {
                        return Place::Module;
                    }
                    if frame.certain.contains(symbol) {
                        return Place::Local(frame.id);
                    }
                    if frame.locals.contains(symbol) {
                        return Place::Either(frame.id);
                    }
                }
                Block::Class => {}
                Block::Function | Block::Comprehension => {
                    if frame.globals.contains(symbol) {
                        return Place::Module;
                    }
                    if frame.locals.contains(symbol) {
                        return Place::Local(frame.id);
                    }
                }
            }
            innermost = false;
        }
        Place::Module
    }

    pub(super) fn load(&mut self, name: &str) -> Value {
        let symbol = self.symbol(name);
        match self.place(symbol) {
            Place::Local(id) => self.local(id, symbol),
            Place::Module => self.load_module(symbol),
            Place::Either(id) => {
                let mut value = self.load_module(symbol);
                value.join(&self.local(id, symbol));
                value
            }
        }
    }

    fn local(&mut self, id: u32, symbol: Symbol) -> Value {
        let in_class = self.frames.iter().any(|frame| frame.id == id && frame.block == Block::Class);
        if self.widened && !in_class {
            return self.anything();
        }
        let mut value = self.locals.get(&(id, symbol)).cloned().unwrap_or_default();
        if value.has(value::MUTABLE)
            && let Some(heap) = self.locals.get(&(self.heap(), HEAP))
        {
            // Objects without a module-level name are not told apart: what was put into one may be in any.
            value.hold(heap);
        }
        value
    }

    /// The outermost function, whose locals share a heap; or the class bodies that run now.
    pub(super) fn heap(&self) -> u32 {
        let outermost = self.frames.iter().find(|frame| frame.block == Block::Function);
        outermost.map_or(u32::MAX, |frame| frame.id)
    }

    /// Whatever the piece can get hold of.
    pub(super) fn anything(&mut self) -> Value {
        let mut value = Value::outside();
        value.flags |= value::TAKEN | value::SAME | value::MADE_HERE;
        value.flags |= value::ARGUMENT | value::HOLDS_ARGUMENT | value::THIS | value::HOLDS_THIS;
        for sink in &self.sinks {
            value.roots.join(&sink.reads);
        }
        value
    }

    /// `locals()` of a function or a class body: all that its names, and those of the functions around it, may hold.
    pub(super) fn all_locals(&mut self) -> Value {
        if self.widened {
            return self.anything();
        }
        Value::container(self.frames.iter().flat_map(|frame| self.locals_of(frame.id)))
    }

    /// What the names of a block may hold.
    pub(super) fn locals_of(&self, id: u32) -> impl Iterator<Item = &Value> {
        self.locals.range((id, Symbol(0))..=(id, Symbol(u32::MAX))).map(|(_, held)| held)
    }

    /// Reads a name of the module's namespace.
    pub(super) fn read(&mut self, symbol: Symbol) {
        let certain = self.doubts == 0;
        let sink = self.sink();
        sink.reads.insert(symbol);
        if certain {
            sink.certain.insert(symbol);
        }
    }

    /// Evaluates what may not be evaluated.
    pub(super) fn eval_maybe(&mut self, expr: &Expr) -> Value {
        self.doubts += 1;
        let value = self.eval(expr);
        self.doubts -= 1;
        value
    }

    /// Looks a name up in the module's namespace.
    pub(super) fn load_module(&mut self, symbol: Symbol) -> Value {
        self.read(symbol);
        match self.shape.standing(self.symbols.text(symbol)) {
            Standing::Free | Standing::Outside => {
                let path = self.shape.path(self.symbols.text(symbol));
                let mut value = Value::outside();
                if path.is_some_and(|path| is_own(&path, self.shape.input.module)) {
                    value.flags |= value::MODULE;
                }
                value
            }
            Standing::Owned => {
                let mut value = Value::atom();
                if let Some(facts) = self.fact(symbol) {
                    value.flags = facts.value.flags & !value::MADE_HERE;
                    if facts.is_class() {
                        // asking what is an instance of it uses none
                        value.flags &= !(value::INSTANCE | value::HOLDS_INSTANCE);
                    }
                    value = value.without_locals();
                }
                if value.has(value::COUNTED) {
                    // It was made by another piece, and may be half consumed.
                    value.flags |= value::ITERATOR;
                }
                if value.has(value::MUTABLE) {
                    value.roots.insert(symbol);
                    value.flags |= value::SAME;
                }
                value
            }
        }
    }

    pub(super) fn store(&mut self, name: &str, value: &Value) {
        let symbol = self.symbol(name);
        self.store_symbol(symbol, value);
    }

    pub(super) fn store_symbol(&mut self, symbol: Symbol, value: &Value) {
        match self.place(symbol) {
            Place::Local(id) | Place::Either(id) => {
                let entry = self.locals.entry((id, symbol)).or_default();
                self.changed |= entry.join(value);
            }
            Place::Module => self.store_module(symbol, value),
        }
    }

    /// Binds a name in the module's namespace.
    pub(super) fn store_module(&mut self, symbol: Symbol, value: &Value) {
        self.sink().binds.insert(symbol);
        if self.runs_now() {
            self.out.bound.push((symbol, value.clone()));
        } else {
            if value.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
                self.out.made.keeps.insert(symbol);
            }
            self.out.bound_later.push((symbol, value.clone()));
        }
    }
}
