//! Classes: what defining them does, and what their code will do.
//!
//! Terms: a class *hooks subclassing* when making a subclass runs code of this module; *implicit* methods are those that
//! using an instance may run without their being named.
//!
//! ```python
//! class A(Base, key=K):        # now: reads Base, K; runs Base.__init_subclass__ when there is one
//!     items = []               # now; the class has state, so instances share it
//!     field = Descriptor()     # now; runs Descriptor.__set_name__ when there is one
//!     def m(self): ...         # code
//!     def __len__(self): ...   # implicit code
//! ```
//!
//! It is separate from functions because a class body runs where it stands, in a namespace of its own.

use super::attributes::{defined_once, is_dunder};
use super::effects::{
    CHANGES_ARGUMENT, CHANGES_INSIDE_THIS, CONSUMES_ARGUMENT, Effects, INVOKES_ARGUMENT, SNAPSHOTS_ARGUMENT,
};
use super::instances::shares_instances;
use super::known;
use super::names::Symbol;
use super::outcome::{
    ASKS_ATTRIBUTES, CHECKS_SUBCLASSES, Facts, GETS, HOOKS_SUBCLASSING, INHERITED, ITERATES, LOOKS_INTO_ARGUMENTS,
    MAKES_MEMBERS, SETS_NAMES, SHARES_INSTANCES, WORKS_AS_CLASS,
};
use super::parse::Ranged;
use super::parse::ast::{self, Expr, Stmt};
use super::scope::{How, bindings};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::{Block, Frame, Walker};

/// Special methods that merely using an instance doesn't run: making it, copying and pickling it. Who does one of these from
/// outside has got hold of the object, and may run anything of it.
const NOT_IMPLICIT: [&str; 12] = [
    "__init__",
    "__new__",
    "__post_init__",
    "__init_subclass__",
    "__copy__",
    "__deepcopy__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
];

/// Methods by which a class says what counts as its subclass. An abstract base class asks its subclasses, too: whether
/// something is an instance of the base depends on them (Lib/_py_abc.py, `ABCMeta.__subclasscheck__`).
const SUBCLASS_CHECKS: [&str; 2] = ["__subclasshook__", "__subclasscheck__"];

/// Methods that a store runs.
const HOOKS: [&str; 6] = ["__setattr__", "__delattr__", "__setitem__", "__delitem__", "__set__", "__delete__"];

impl Walker<'_, '_> {
    pub(super) fn class_definition(&mut self, def: &ast::StmtClassDef) {
        let decorators = self.eval_decorators(&def.decorator_list);
        let symbol = self.symbol(&def.name);
        let outermost = self.frames.is_empty();
        let typed = self.enter_type_parameters(def.type_params.as_deref());
        let mut value = Value::of(value::MUTABLE | value::OPAQUE);
        let (mut hooked, mut checks) = (false, false);
        if let Some(arguments) = &def.arguments {
            for base in &arguments.args {
                hooked |= self.base(base, &mut value, false, &mut checks);
            }
            for keyword in &arguments.keywords {
                let makes_it = keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass");
                hooked |= self.base(&keyword.value, &mut value, makes_it, &mut checks);
            }
        }
        if hooked && def.arguments.as_ref().is_some_and(|arguments| !arguments.keywords.is_empty()) {
            // `class C(Base, key=L)`: `Base.__init_subclass__` may keep `L`
            self.keep(&value.roots, &value);
        }
        let found = bindings(&def.body, &self.shape.settled);
        let own_checks = found.names.iter().filter(|(name, _)| SUBCLASS_CHECKS.contains(name)).count();
        if (checks || own_checks > 0) && self.shape.input.without != "subclass-checks" {
            self.change(&value, &Value::atom());
        }
        checks |= own_checks > usize::from(def.body.iter().any(|stmt| checks_only_itself(stmt, &def.name)));
        let makes = found.names.iter().any(|(name, _)| *name == "__new__");
        self.out.made.mark(SHARES_INSTANCES, makes && shares_instances(&def.body));
        if found.names.iter().any(|(name, how)| *name == "__class_getitem__" && *how == How::Function) {
            value.flags |= value::CALLS_BACK;
        }
        if outermost {
            self.out.annotations_may_be_read |= def.arguments.is_some() || !def.decorator_list.is_empty();
            value.roots.insert(symbol);
            self.this = Some(symbol);
        }
        let globals: SymbolSet = found.globals.iter().map(|name| self.symbol(name)).collect();
        let id = def.name.start().to_u32();
        self.frames.push(Frame {
            globals: globals.clone(),
            class: Some(def.name.to_string()),
            ..Frame::new(id, Block::Class)
        });
        let defined = defined_once(&def.body, &found.names);
        let defined: SymbolSet = defined.into_iter().map(|name| self.symbol(name)).collect();
        let mut locals: SymbolSet = found.names.iter().map(|(name, _)| self.symbol(name)).collect();
        locals.retain(|symbol| !globals.contains(symbol));
        for name in ["__module__", "__qualname__"] {
            locals.insert(self.symbols.intern(name));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.locals = locals;
            frame.defined = defined;
        }
        for stmt in &def.body {
            self.statement(stmt);
            let certain: Vec<Symbol> = certainly_bound(stmt).into_iter().map(|name| self.symbol(name)).collect();
            if let Some(frame) = self.frames.last_mut() {
                let bound = certain.into_iter().filter(|symbol| frame.locals.contains(*symbol)).collect::<Vec<_>>();
                frame.certain.extend(bound);
            }
        }
        let made_outside = !def.decorator_list.is_empty() || value.has(value::FOREIGN);
        if self.class_attributes(&def.body, made_outside || hooked) {
            value.flags |= value::CALLS_BACK;
        }
        if own_checks > 0 && outermost {
            self.give_checks(symbol, &value);
        }
        self.frames.pop();
        for held in self.locals_of(id) {
            value.hold(held);
            if held.has(value::STATEFUL) && held.has(value::MUTABLE) {
                value.flags |= value::STATEFUL;
            }
        }
        value.flags &= !value::MADE_HERE;
        value = value.without_locals();
        if typed {
            self.frames.pop();
        }
        if outermost {
            self.this = None;
            self.out.made.mark(WORKS_AS_CLASS, self.holds_descriptor(&self.out.named));
            for told in &self.leading(&self.out.named, |facts| facts.has(SETS_NAMES)) {
                // `__set_name__` gets the class, and may store into it
                if let Some(facts) = self.fact(told) {
                    value.hold(&facts.stored.clone().without_locals());
                }
            }
            if self.out.made.has(MAKES_MEMBERS) {
                self.make_members(symbol, &value);
            }
            self.out.made.mark(HOOKS_SUBCLASSING, hooked);
            self.out.made.mark(CHECKS_SUBCLASSES, checks);
            value.roots.join(&self.out.made.returns.roots);
            value.roots.join(&self.out.made.attributes.roots);
            if self.out.made.attributes.has(value::HOLDS_ARGUMENT) && self.out.made.constructor.has(CHANGES_INSIDE_THIS)
            {
                self.out.made.constructor.flags |= CHANGES_ARGUMENT;
            }
        }
        if !self.runs_now() {
            value.flags |= value::MADE_HERE | value::HOLDS_ARGUMENT | value::STATEFUL;
        }
        let value = self.decorate(&def.decorator_list, &decorators, value);
        self.store_symbol(symbol, &value);
        self.class_value(&value);
    }

    /// A base class or a class keyword; true when it runs code of this module as the class is made. The class inherits
    /// the `checks` of subclasses that it has.
    fn base(&mut self, base: &Expr, class: &mut Value, makes_it: bool, checks: &mut bool) -> bool {
        let path = self.path(match base {
            Expr::Subscript(generic) => &generic.value,
            other => other,
        });
        let mut value = self.eval(base);
        value.flags &= !(value::SAME | value::TAKEN | value::MADE_HERE);
        let mut hooked = false;
        let roots: Vec<Symbol> = value.roots.iter().collect();
        for root in roots {
            self.out.inherits.insert(root);
            let Some(facts) = self.fact(root) else { continue };
            let made = &mut self.out.made;
            made.traits |= facts.traits & INHERITED;
            made.mark(SHARES_INSTANCES, makes_it);
            *checks |= facts.has(CHECKS_SUBCLASSES);
            made.constructor.join(&facts.constructor);
            made.implicit.join(&facts.implicit);
            hooked |= facts.has(HOOKS_SUBCLASSING) || !facts.is_class() || makes_it;
        }
        self.out.made.mark(LOOKS_INTO_ARGUMENTS, path.as_deref().is_some_and(known::looks_into_arguments));
        let is_protocol = matches!(path.as_deref(), Some("typing.Protocol" | "typing_extensions.Protocol"));
        self.out.made.mark(ASKS_ATTRIBUTES, is_protocol && self.shape.input.version < (3, 12));
        self.out.made.mark(MAKES_MEMBERS, path.as_deref().is_some_and(|path| path.starts_with("enum.")));
        if value.roots.is_empty() && !value.is_atom() {
            if !path.as_deref().is_some_and(known::is_plain_base) {
                self.may_fail_to_import(base);
                class.flags |= value::FOREIGN;
                if makes_it {
                    // Who names a metaclass wants its code to run: for a base class that would be a guess.
                    self.mark_outside("it has a metaclass outside the module, which may register it");
                } else if self.frames.is_empty() {
                    self.note("ATI102", base.start(), "has a base outside the module, which may register it");
                }
            }
            return false;
        }
        if hooked {
            self.tell_of_subclass(&value);
        }
        class.flags |= value.flags & (value::STATEFUL | value::FOREIGN | value::CALLS_BACK);
        class.roots.join(&value.roots);
        hooked
    }

    /// `type(name, bases, body)`: does to the bases what a class statement does.
    pub(super) fn subclass(&mut self, bases: &Value) {
        let facts = |root: Symbol| self.fact(root);
        let hooked = bases.roots.iter().filter_map(facts).any(|base| base.has(HOOKS_SUBCLASSING) || !base.is_class());
        let checks = bases.roots.iter().filter_map(facts).any(|base| base.has(CHECKS_SUBCLASSES));
        if hooked || checks {
            let mut classes = Value::of(value::MUTABLE | value::OPAQUE);
            classes.roots.join(&bases.roots);
            self.tell_of_subclass(&classes);
        }
    }

    /// Classes learn of a new subclass, and run code for it.
    fn tell_of_subclass(&mut self, bases: &Value) {
        self.change(bases, &Value::of(value::MUTABLE | value::OPAQUE | value::MADE_HERE));
        self.invoke(bases);
    }

    /// `C.register(D)`: an abstract base class asks its subclasses, so its bases change, too.
    pub(super) fn change_bases(&mut self, class: &Value) {
        let mut classes = Value::of(value::MUTABLE | value::OPAQUE);
        classes.roots = self.classes_behind(class);
        self.change(&classes, &Value::atom());
    }

    /// The same for the methods by which the class being walked says what counts as its subclass: its bases run them.
    fn give_checks(&mut self, class: Symbol, bases: &Value) {
        let mut code = Effects::default();
        for name in SUBCLASS_CHECKS {
            let name = self.symbols.intern(name);
            self.out.methods.get(&name).into_iter().for_each(|method| {
                code.join(method);
            });
        }
        code.doubt();
        // `if cls is C: return hasattr(other, "close")` needs nothing but the class, and changes nothing
        let harmless = SNAPSHOTS_ARGUMENT | INVOKES_ARGUMENT | CONSUMES_ARGUMENT;
        code.attributes = SymbolSet::new();
        let is_other = |symbol: Symbol| symbol != class && self.shape.binds(self.symbols.text(symbol));
        if code.flags & !harmless == 0 && !code.sets().iter().any(|set| set.iter().any(is_other)) {
            return;
        }
        self.out.made.traits |= WORKS_AS_CLASS;
        for base in self.classes_behind(bases).iter() {
            let base = self.out.given.entry(base).or_default();
            base.add_method(SUBCLASS_CHECKS[0], (false, false), &code);
            base.traits |= WORKS_AS_CLASS;
        }
    }

    /// The classes that a class leads to, itself among them.
    fn classes_behind(&self, class: &Value) -> SymbolSet {
        let mut classes = SymbolSet::new();
        let mut found: Vec<Symbol> = class.roots.iter().collect();
        while let Some(symbol) = found.pop() {
            let Some(facts) = self.fact(symbol).filter(|facts| facts.may_be_class()) else { continue };
            if classes.insert(symbol) {
                found.extend(facts.value.roots.iter());
            }
        }
        classes
    }

    /// A name of the class body got a value. When that leads to a class with `__set_name__`, it may be an instance of it,
    /// which is told its name when the class is complete; `touches` knows.
    pub(super) fn class_value(&mut self, value: &Value) {
        if self.runs_now() && self.frames.last().is_some_and(|frame| frame.block == Block::Class) {
            self.out.named.join(&value.roots);
        }
    }

    /// A method of the class being walked; what its decorators make of it may run its code `on_access`, `on_store`.
    pub(super) fn method(
        &mut self,
        symbol: Symbol,
        name: &str,
        (on_access, on_store): (bool, bool),
        effects: &Effects,
    ) {
        self.out.made.add_method(name, (on_access, on_store), effects);
        self.out.methods.entry(symbol).or_default().join(effects);
    }
}

impl Facts {
    /// Adds what a method of that name does to what using, making and changing an instance runs.
    pub(super) fn add_method(&mut self, name: &str, (on_access, on_store): (bool, bool), effects: &Effects) {
        // `dict(x)` asks x for its keys
        let asked = is_dunder(name) && !NOT_IMPLICIT.contains(&name) && !HOOKS.contains(&name) || name == "keys";
        if asked || on_access {
            self.implicit.join(effects);
        }
        if HOOKS.contains(&name) || on_store {
            self.hooks.join(effects);
        }
        if matches!(name, "__init__" | "__new__" | "__post_init__" | "_generate_next_value_" | "_missing_") {
            self.constructor.join(effects);
        }
        if name == "__del__" {
            // It may be let go by what makes it, or by what uses it.
            let mut later = effects.clone();
            (later.certain, later.certain_calls) = Default::default();
            self.constructor.join(&later);
        }
        if matches!(name, "__next__" | "__iter__") {
            self.traits |= ITERATES;
        }
        self.mark(SETS_NAMES, name == "__set_name__");
        self.mark(GETS, name == "__get__");
        if matches!(name, "__init_subclass__" | "__prepare__" | "__mro_entries__") {
            self.traits |= HOOKS_SUBCLASSING;
        }
    }
}

/// A `__subclasshook__` that says nothing for the subclasses of its class: it begins with `if cls is …:`, and all that
/// follows is `return NotImplemented`.
fn checks_only_itself(stmt: &Stmt, class: &str) -> bool {
    let Stmt::FunctionDef(def) = stmt else { return false };
    let called = |expr: &Expr, name: &str| matches!(expr, Expr::Name(it) if it.id.as_str() == name);
    let (Some(cls), [Stmt::If(branch), Stmt::Return(end)]) = (def.parameters.args.first(), def.body.as_slice()) else {
        return false;
    };
    let Expr::Compare(test) = branch.test.as_ref() else { return false };
    def.name.as_str() == "__subclasshook__"
        && called(&test.left, cls.name())
        && test.ops.as_ref() == [ast::CmpOp::Is]
        && test.comparators.iter().all(|it| called(it, class))
        && branch.elif_else_clauses.is_empty()
        && end.value.as_ref().is_some_and(|value| called(value, "NotImplemented"))
}

/// Names that a statement of a class body binds on every path.
fn certainly_bound(stmt: &Stmt) -> Vec<&str> {
    let mut names = Vec::new();
    match stmt {
        Stmt::FunctionDef(def) => names.push(def.name.as_str()),
        Stmt::ClassDef(def) => names.push(def.name.as_str()),
        Stmt::Assign(assign) => {
            for target in &assign.targets {
                super::expressions::collect_targets(target, &mut names);
            }
        }
        Stmt::AnnAssign(assign) if assign.value.is_some() => {
            super::expressions::collect_targets(&assign.target, &mut names);
        }
        Stmt::Import(_) | Stmt::ImportFrom(_) => {
            // Bound names of imports are collected where they are resolved; leaving them out is only less precise.
        }
        _ => {}
    }
    names
}
