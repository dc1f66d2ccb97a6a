//! Attributes of classes that no `def` in the class makes, and what using the class runs because of them.
//!
//! Terms: an attribute is a *descriptor* when it may be more than a function, so that looking it up may run what it leads to.
//!
//! ```python
//! class Size:
//!     def _get(self): ...
//!     full = property(_get)             # a descriptor: `size.full` runs _get
//!     __radd__ = __add__ = _add         # `size + 1` runs _add
//!     __lt__ = _comparison(operator.lt) # and this one whatever `_comparison` has made
//! Size.__len__ = count                  # so does `len(size)`, from here on
//! ```
//!
//! Methods by `def` are in [`super::classes`]. This is separate because here the code is looked for: by the names that stand
//! in the expression, and by what its value leads to.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::effects::{ANY_NAME, Effects};
use super::names::Symbol;
use super::outcome::{Facts, GETS, WORKS_AS_CLASS};
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::scope::{How, bindings};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::{Block, HEAP, Place, Walker};

/// How many names are followed from an object to the class that it may be.
const FOLLOWED: usize = 1000;

/// Special attributes that nobody calls.
const DATA: [&str; 11] = [
    "__annotate__",
    "__annotations__",
    "__dict__",
    "__doc__",
    "__match_args__",
    "__module__",
    "__name__",
    "__qualname__",
    "__signature__",
    "__slots__",
    "__wrapped__",
];

/// Which attribute of an object is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attribute<'a> {
    Named(&'a str),
    Any,
    /// Of what a function gets, if it stores one at all.
    Perhaps,
}

impl Walker<'_, '_> {
    /// Takes up the attributes of the class whose body has been walked; true when subscripting the class runs such code.
    ///
    /// `made_outside`: code outside may write its constructor, as `dataclasses.dataclass` does, and run there what they hold.
    pub(super) fn class_attributes(&mut self, body: &[Stmt], made_outside: bool) -> bool {
        if !self.runs_now() || self.shape.input.without == "assigned-methods" {
            return false;
        }
        let mut calls_back = false;
        for stmt in body {
            let expr = match stmt {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => continue,
                Stmt::Assign(assign) => Some(&*assign.value),
                Stmt::AnnAssign(assign) => assign.value.as_deref(),
                _ => None,
            };
            for (name, how) in bindings(std::slice::from_ref(stmt), &self.shape.settled).names {
                if how == How::Delete {
                    continue;
                }
                let symbol = self.symbol(name);
                let Some(value) = self.class_local(symbol) else { continue };
                let Some(code) = self.attribute_code(name, expr, &value) else { continue };
                let descriptor = is_descriptor(&value);
                calls_back |= name == "__class_getitem__" && code.weight() > 0;
                if made_outside {
                    // a factory may be anything that can be called: a class, a bound method
                    self.out.made.constructor.join(&Effects { invokes: value.roots.clone(), ..code.clone() });
                }
                self.method(symbol, name, (descriptor, descriptor), &code);
            }
        }
        calls_back
    }

    fn class_local(&self, symbol: Symbol) -> Option<Value> {
        let id = self.frames.last()?.id;
        self.locals.get(&(id, symbol)).cloned()
    }

    /// The code that an attribute may run; nothing where there is none.
    fn attribute_code(&mut self, name: &str, expr: Option<&Expr>, value: &Value) -> Option<Effects> {
        if value.is_atom() || value.is_builtin() {
            return None;
        }
        let invokes = if is_special(name) { value.roots.clone() } else { self.functions_among(value) };
        let mut code = Effects { invokes, ..Effects::default() };
        let mentioned = match expr {
            Some(expr) => self.mentioned_methods(expr),
            None if value.has(value::MADE_HERE | value::FOREIGN | value::SHARED) => Some(self.out.made.code.clone()),
            None => None,
        };
        mentioned.iter().for_each(|more| {
            code.join(more);
        });
        code.doubt();
        Some(code)
    }

    /// What the functions of the class being walked do that an expression mentions or makes.
    fn mentioned_methods(&mut self, expr: &Expr) -> Option<Effects> {
        let mut mentions = Mentions::default();
        mentions.visit_expr(expr);
        let mut code: Option<Effects> = None;
        for name in mentions.names {
            let symbol = self.symbol(name);
            if let Place::Local(_) | Place::Either(_) = self.place(symbol) {
                mentions.all |= mentions.called.contains(name) || !self.is_only_defined(symbol);
                if let Some(effects) = self.out.methods.get(&symbol) {
                    code.get_or_insert_default().join(effects);
                }
            }
        }
        if mentions.all { Some(self.out.made.code.clone()) } else { code }
    }

    /// All that the class body being walked binds to the name are functions, by `def`.
    fn is_only_defined(&self, symbol: Symbol) -> bool {
        self.frames.last().is_some_and(|frame| frame.defined.contains(symbol))
    }

    /// Calls a function of the class body being walked that does nothing by itself but hand something back.
    pub(super) fn call_in_class(&mut self, func: &Expr, function: &Value, arguments: &[Value]) -> Option<Value> {
        let Expr::Name(name) = func else { return None };
        let symbol = self.symbol(name.id.as_str());
        let frame = self.frames.last().filter(|frame| frame.block == Block::Class)?;
        let known = self.runs_now() && self.place(symbol) == Place::Local(frame.id) && self.is_only_defined(symbol);
        if !known || self.out.methods.get(&symbol).is_none_or(|effects| effects.weight() > 0) {
            return None;
        }
        let mut value = Value::of(value::MUTABLE | value::INNER | value::OPAQUE | value::STATEFUL | value::MADE_HERE);
        value.join(function);
        for argument in arguments {
            value.join(argument);
            value.join(&argument.element());
        }
        value.flags &= !(value::SAME | value::OWN | value::HOLDS_OWN);
        Some(value)
    }

    /// `locals()[key] = value` in a class body binds an attribute of any name.
    pub(super) fn store_in_class_namespace(&mut self, namespace: &Expr, value: &Value) {
        let Some(id) = self.frames.last().filter(|frame| frame.block == Block::Class).map(|frame| frame.id) else {
            return;
        };
        let Expr::Call(call) = namespace else { return };
        if !call.arguments.is_empty()
            || !matches!(self.path(&call.func).as_deref(), Some("builtins.locals" | "builtins.vars"))
        {
            return;
        }
        self.changed |= self.locals.entry((id, HEAP)).or_default().join(value);
        let code = self.code_of_any_name(value);
        self.out.made.add_method("__init__", (true, true), &code);
    }

    /// Code that nothing is known of runs in a class body, and may define whatever methods it likes there.
    pub(super) fn run_in_class(&mut self) {
        if self.frames.last().is_some_and(|frame| frame.block == Block::Class) {
            let code = Effects { flags: ANY_NAME, ..Effects::default() };
            self.out.made.add_method("__init__", (true, true), &code);
        }
    }

    /// What an attribute may run of which only the value is known.
    fn code_of_any_name(&self, value: &Value) -> Effects {
        let mut code = Effects { invokes: value.roots.clone(), ..Effects::default() };
        if value.has(value::MADE_HERE | value::FOREIGN | value::SHARED) {
            code.join(&self.out.made.code);
            code.doubt();
        }
        code
    }

    /// An attribute of an object is stored; of a class it is as if it stood there.
    pub(super) fn give_attribute(&mut self, object: &Value, attribute: Attribute<'_>, value: &Value) {
        let leads_nowhere = value.roots.is_empty() && !value.has(value::MADE_HERE);
        if leads_nowhere || value.is_builtin() || self.shape.input.without == "assigned-methods" {
            return;
        }
        let (name, descriptor) = match attribute {
            Attribute::Named(name) => (name, is_descriptor(value)),
            Attribute::Any | Attribute::Perhaps => ("__init__", true),
        };
        let receiver = object.has(value::THIS) && attribute != Attribute::Perhaps && is_special(name);
        let classes = self.classes_among(object, attribute);
        if classes.is_empty() && !receiver {
            return;
        }
        let mut code = self.code_of_any_name(value);
        if !is_special(name) {
            code.invokes = self.functions_among(value);
        }
        if let Attribute::Named(name) = attribute {
            let symbol = self.symbol(name);
            self.out.methods.entry(symbol).or_default().join(&code);
        }
        if receiver {
            self.out.made.add_method(name, (descriptor, descriptor), &code);
        }
        let returned = self.returned_by(value);
        let descriptors = self.holds_descriptor(&value.roots);
        let now = self.runs_now();
        let out = &mut self.out;
        let (given, contents) =
            if now { (&mut out.given, &mut out.contents) } else { (&mut out.given_later, &mut out.contents_later) };
        for class in classes {
            let given = given.entry(class).or_default();
            given.add_method(name, (descriptor, descriptor), &code);
            given.mark(WORKS_AS_CLASS, descriptors);
            contents.entry(class).or_default().join(&returned);
        }
    }

    /// The classes of which the object may be one.
    fn classes_among(&mut self, object: &Value, attribute: Attribute<'_>) -> BTreeSet<Symbol> {
        let mut classes = BTreeSet::new();
        // what a function takes out of its arguments is known where it is called
        let follows = match attribute {
            Attribute::Named(name) => self.runs_now() || (is_special(name) && !object.has(value::ARGUMENT)),
            Attribute::Any => self.runs_now(),
            Attribute::Perhaps => false,
        };
        let taken = object.has(value::TAKEN);
        if !(taken && follows || !taken && object.has(value::SAME)) {
            return classes;
        }
        let mut seen = SymbolSet::new();
        let mut roots: Vec<Symbol> = object.roots.iter().collect();
        while let Some(root) = roots.pop() {
            let Some(facts) = self.fact(root).filter(|_| seen.insert(root)) else { continue };
            let class = facts.may_be_class();
            if class {
                classes.insert(root);
            }
            if seen.len() > FOLLOWED {
                self.sink().flags |= ANY_NAME;
                break;
            }
            if taken || !class {
                roots.extend(facts.value.roots.iter());
            }
        }
        classes
    }

    /// Some name leads to a class with `__get__`.
    pub(super) fn holds_descriptor(&self, names: &SymbolSet) -> bool {
        self.lead_to(names, |facts| facts.has(GETS))
    }

    /// The names lead to one of which that is true, as far as anybody follows them.
    pub(super) fn lead_to(&self, names: &SymbolSet, is_wanted: impl Fn(&Facts) -> bool) -> bool {
        self.led_to(names).any(|(_, facts, is_last)| is_last || is_wanted(facts))
    }

    /// The names of which that is true, and to which the names lead; the last one, too, that anybody has followed.
    pub(super) fn leading(&self, names: &SymbolSet, is_wanted: impl Fn(&Facts) -> bool) -> SymbolSet {
        let wanted = self.led_to(names).filter(|(_, facts, is_last)| *is_last || is_wanted(facts));
        wanted.map(|(symbol, ..)| symbol).collect()
    }

    /// The names, and those that they lead to; and whether it is the last one that anybody follows.
    fn led_to(&self, names: &SymbolSet) -> impl Iterator<Item = (Symbol, &Facts, bool)> {
        let mut seen = SymbolSet::new();
        let mut found: Vec<Symbol> = names.iter().collect();
        std::iter::from_fn(move || {
            while let Some(symbol) = found.pop() {
                let Some(facts) = self.fact(symbol).filter(|_| seen.insert(symbol)) else { continue };
                let is_last = seen.len() > FOLLOWED;
                if is_last {
                    found.clear();
                } else {
                    found.extend(facts.value.roots.iter());
                }
                return Some((symbol, facts, is_last));
            }
            None
        })
    }

    /// The functions that a value leads to. What using an instance of a class of this module runs is known where that is held.
    fn functions_among(&self, value: &Value) -> SymbolSet {
        let mut functions = SymbolSet::new();
        let mut seen = SymbolSet::new();
        let mut roots: Vec<Symbol> = value.roots.iter().collect();
        while let Some(root) = roots.pop() {
            let Some(facts) = self.fact(root).filter(|facts| !facts.is_class() && seen.insert(root)) else { continue };
            if self.shape.is_definition(self.symbols.text(root)) || seen.len() > FOLLOWED {
                functions.insert(root);
            } else {
                roots.extend(facts.value.roots.iter());
            }
        }
        functions
    }

    /// What the functions may return that a value leads to.
    pub(super) fn returned_by(&self, value: &Value) -> Value {
        let mut returned = Value::atom();
        for facts in value.roots.iter().filter_map(|root| self.fact(root)) {
            returned.join(&facts.returns.clone().without_locals());
        }
        if value.has(value::MADE_HERE) {
            returned.join(&self.out.made.returns.clone().without_locals());
        }
        returned
    }
}

/// Names that expressions mention, and the functions that they make.
#[derive(Default)]
struct Mentions<'a> {
    names: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
    /// It makes one, or may get hold of any.
    all: bool,
}

impl<'a> Visitor<'a> for Mentions<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => {
                self.names.insert(name.id.as_str());
            }
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.all = true;
            }
            Expr::Call(ast::ExprCall { func, .. }) => {
                if let Expr::Name(name) = &**func {
                    self.called.insert(name.id.as_str());
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// The value may be something else than a function.
fn is_descriptor(value: &Value) -> bool {
    value.has(value::INNER | value::FOREIGN | value::SHARED)
}

/// `__len__`: the interpreter looks such an attribute up by itself, and calls it.
fn is_special(name: &str) -> bool {
    is_dunder(name) && !DATA.contains(&name)
}

/// `__name__`: it is the interpreter's.
pub(super) fn is_dunder(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// Names that a class body binds by `def` alone, undecorated, once each.
pub(super) fn defined_once<'a>(body: &'a [Stmt], names: &[(&'a str, How)]) -> Vec<&'a str> {
    let mut times: FxHashMap<&str, usize> = FxHashMap::default();
    for (name, _) in names.iter().filter(|(_, how)| *how != How::Delete) {
        *times.entry(name).or_default() += 1;
    }
    let defined = body.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if def.decorator_list.is_empty() => Some(def.name.as_str()),
        _ => None,
    });
    defined.filter(|name| times.get(name) == Some(&1)).collect()
}
