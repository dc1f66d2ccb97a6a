//! Functions and classes: what defining them does, and what their code will do.
//!
//! Terms: a *receiver* is the first parameter of a method; a decorator is *plain* when it is known to hand back the
//! function or a harmless wrapper; a class *hooks subclassing* when making a subclass runs code of this module.
//!
//! ```python
//! @app.route("/")              # now: reads app, changes it (app keeps the function)
//! def f(x=D):                  # now: reads D
//!     return T[x]              # code: reads T
//!
//! class A(Base, key=K):        # now: reads Base, K; runs Base.__init_subclass__ when there is one
//!     items = []               # now; the class has state, so instances share it
//!     def m(self): ...         # code
//! ```
//!
//! It is separate from the other statements because this is the place where code that runs now and code that may run
//! later are told apart.

use std::collections::BTreeSet;

use super::effects::{CHANGES_ARGUMENT, CHANGES_INSIDE_THIS, Effects};
use super::known;
use super::names::Symbol;
use super::parse::Ranged;
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::scope::{bindings, walruses};
use super::value::{self, Value};
use super::walk::{Block, Frame, Walker};

/// What a function executes when it is called.
#[derive(Clone, Copy)]
pub(super) enum Body<'b> {
    Suite(&'b [Stmt]),
    Expression(&'b Expr),
}

/// Methods that using an instance may run without their being named. Stores are left out: they count as changes, after
/// which anything may have run.
const NOT_IMPLICIT: [&str; 8] = [
    "__init__",
    "__new__",
    "__post_init__",
    "__init_subclass__",
    "__setattr__",
    "__setitem__",
    "__delattr__",
    "__del__",
];

impl Walker<'_, '_> {
    /// Evaluates the defaults of a function and yields what the function then holds.
    pub(super) fn eval_defaults(&mut self, parameters: &ast::Parameters) -> Value {
        let mut held = Value::of(value::MUTABLE | value::OPAQUE);
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                let value = self.eval(default);
                held.hold(&value);
                if value.has(value::STATEFUL) {
                    held.flags |= value::STATEFUL;
                }
            }
        }
        held
    }

    pub(super) fn function_definition(&mut self, def: &ast::StmtFunctionDef) {
        let decorators: Vec<Value> = self.eval_decorators(&def.decorator_list);
        let mut value = self.eval_defaults(&def.parameters);
        let in_class = self.frames.last().is_some_and(|frame| frame.block == Block::Class);
        let typed = self.enter_type_parameters(def.type_params.as_deref());
        let annotations =
            def.parameters.iter().filter_map(|parameter| parameter.annotation()).chain(def.returns.as_deref());
        for annotation in annotations {
            self.annotation(annotation);
        }
        let symbol = self.symbol(&def.name);
        let id = def.name.start().to_u32();
        let is_static = def
            .decorator_list
            .iter()
            .any(|decorator| self.path(&decorator.expression).as_deref() == Some("builtins.staticmethod"));
        let is_method = in_class && !is_static;
        let dormant = self.frames.last().is_some_and(|frame| frame.handed_back.contains(&symbol))
            && def.decorator_list.iter().all(|decorator| self.is_plain(&decorator.expression));
        let effects = self.walk_function(id, Some(&def.parameters), Body::Suite(&def.body), is_method, dormant);
        value.roots.extend(self.returned_later.iter().copied());
        if typed {
            self.frames.pop();
        }
        if in_class && self.runs_now() {
            let decorated = def
                .decorator_list
                .iter()
                .any(|decorator| self.path(&decorator.expression).is_none_or(|path| path != "builtins.staticmethod"));
            self.method(symbol, &def.name, decorated, &effects);
        }
        if !self.runs_now() {
            value.flags |= value::MADE_HERE | value::ARGUMENT | value::STATEFUL;
        } else if self.frames.is_empty() {
            value.roots.insert(symbol);
        } else {
            value.flags |= value::MADE_HERE;
        }
        let value = self.decorate(&def.decorator_list, &decorators, value);
        self.store_symbol(symbol, &value);
        self.class_value(&value);
    }

    fn method(&mut self, symbol: Symbol, name: &str, decorated: bool, effects: &Effects) {
        let made = &mut self.out.made;
        let special = name.starts_with("__") && name.ends_with("__");
        if (special || decorated) && !NOT_IMPLICIT.contains(&name) {
            made.implicit.join(effects);
        }
        if matches!(name, "__init__" | "__new__" | "__post_init__") {
            made.constructor.join(effects);
        }
        if matches!(name, "__next__" | "__iter__") {
            made.iterates = true;
        }
        if matches!(name, "__init_subclass__" | "__set_name__" | "__prepare__" | "__mro_entries__") {
            made.hooks_subclassing = true;
        }
        made.methods.entry(symbol).or_default().join(effects);
    }

    fn eval_decorators(&mut self, decorators: &[ast::Decorator]) -> Vec<Value> {
        decorators
            .iter()
            .map(|decorator| {
                if self.is_plain(&decorator.expression)
                    && let Expr::Call(call) = &decorator.expression
                {
                    // `@lru_cache(maxsize=None)`: nothing but the arguments is evaluated that could matter.
                    self.eval(&call.func);
                    self.eval_arguments(&call.arguments);
                    return Value::outside();
                }
                self.eval(&decorator.expression)
            })
            .collect()
    }

    fn is_plain(&mut self, decorator: &Expr) -> bool {
        let callee = match decorator {
            Expr::Call(call) => call.func.as_ref(),
            other => other,
        };
        if let Expr::Attribute(attribute) = callee
            && let Expr::Name(property) = attribute.value.as_ref()
            && matches!(attribute.attr.as_str(), "setter" | "getter" | "deleter")
        {
            // `@name.setter` on a property of the class being defined: yields another property.
            let symbol = self.symbol(property.id.as_str());
            return matches!(self.place(symbol), super::walk::Place::Local(_))
                && self.frames.last().is_some_and(|frame| frame.block == Block::Class);
        }
        self.path(callee).is_some_and(|path| known::is_plain_decorator(&path))
    }

    /// What a definition yields after its decorators have been applied, innermost first.
    fn decorate(&mut self, decorators: &[ast::Decorator], values: &[Value], mut value: Value) -> Value {
        for (decorator, function) in decorators.iter().zip(values).rev() {
            if self.is_plain(&decorator.expression) {
                continue;
            }
            if let Some(path) = self.path(&decorator.expression)
                && path.ends_with("global_enum")
            {
                // `enum.global_enum` puts the members into the module.
                self.sink().flags |= super::effects::ANY_NAME;
            }
            let local = match &decorator.expression {
                Expr::Name(name) => {
                    let symbol = self.symbol(name.id.as_str());
                    let known = self.place(symbol) == super::walk::Place::Module
                        && self.shape.is_definition(self.symbols.text(symbol));
                    known.then_some(symbol)
                }
                _ => None,
            };
            if self.runs_now() {
                self.out.annotations_may_be_read = true;
            }
            if let Some(symbol) = local {
                value = self.call_decorator(symbol, function, &value);
            } else if function.roots.is_empty() {
                // A decorator from outside: by the promise, only this definition is affected.
                if self.frames.is_empty() {
                    self.note(
                        "ATI101",
                        decorator.start(),
                        "is decorated by code outside the module, which may register it",
                    );
                }
                value.flags |= value::STATEFUL | value::FOREIGN | value::SHARED | value::HOLDS_SHARED | value::INNER;
            } else {
                value = self.call_unknown(function, std::slice::from_ref(&value));
                if self.runs_now() && self.frames.is_empty() {
                    self.out.made.replaced = true;
                }
            }
        }
        value
    }

    /// Applies a decorator of this module.
    fn call_decorator(&mut self, symbol: Symbol, function: &Value, value: &Value) -> Value {
        let unchanged = self.fact(symbol).is_some_and(|facts| !facts.is_class && facts.returns == Value::argument());
        let result = self.call_local(symbol, function, std::slice::from_ref(value));
        if unchanged {
            return value.clone();
        }
        if self.runs_now() && self.frames.is_empty() {
            self.out.made.replaced = true;
        }
        result
    }

    /// Walks the body of a function that is being made.
    pub(super) fn walk_function(
        &mut self,
        id: u32,
        parameters: Option<&ast::Parameters>,
        body: Body<'_>,
        is_method: bool,
        dormant: bool,
    ) -> Effects {
        let found = match body {
            Body::Suite(suite) => bindings(suite, &self.shape.settled),
            Body::Expression(expr) => walruses(expr, &self.shape.settled),
        };
        let nested = !self.runs_now();
        let mut locals: BTreeSet<Symbol> = BTreeSet::new();
        let mut globals: BTreeSet<Symbol> = BTreeSet::new();
        for name in &found.globals {
            globals.insert(self.symbol(name));
        }
        for (name, _) in &found.names {
            locals.insert(self.symbol(name));
        }
        for name in &found.nonlocals {
            let symbol = self.symbol(name);
            locals.remove(&symbol);
        }
        let mut receiver = is_method && self.this.is_some() && !nested;
        for parameter in parameters.iter().flat_map(|parameters| parameters.iter()) {
            let symbol = self.symbol(&parameter.as_parameter().name);
            locals.insert(symbol);
            let value = if receiver {
                Value::of(
                    value::MUTABLE | value::OPAQUE | value::STATEFUL | value::INNER | value::ITERATOR | value::THIS,
                )
            } else {
                Value::argument()
            };
            receiver = false;
            self.changed |= self.locals.entry((id, symbol)).or_default().join(&value);
        }
        locals.retain(|symbol| !globals.contains(symbol));
        let mut handed_back = BTreeSet::new();
        if let Body::Suite(suite) = body {
            for name in handed_back_only(suite) {
                handed_back.insert(self.symbol(name));
            }
        }
        self.frames.push(Frame {
            id,
            block: Block::Function,
            locals,
            globals,
            certain: BTreeSet::new(),
            class: None,
            handed_back,
        });
        self.sinks.push(Effects::default());
        self.returns.push(Value::atom());
        self.functions += 1;
        match body {
            Body::Suite(suite) => self.body(suite),
            Body::Expression(expr) => {
                let value = self.eval(expr);
                self.give(&value);
            }
        }
        self.functions -= 1;
        let mut returned = self.returns.pop().unwrap_or_default();
        let effects = self.sinks.pop().unwrap_or_default();
        self.frames.pop();
        if found.yields {
            // The body runs while the result is consumed.
            returned = Value::container([&returned]);
            returned.flags |= value::ITERATOR | value::OPAQUE | value::INNER | value::MADE_HERE | value::ARGUMENT;
        }
        if nested && dormant {
            // It runs when somebody calls what the function around it has handed back.
            self.out.made.code.join(&effects);
            self.returned_later.extend(returned.roots.iter().copied());
        } else if nested {
            // It is taken to run whenever the function around it does.
            self.sink().join(&effects);
            self.give(&returned);
        } else {
            self.out.made.code.join(&effects);
            self.out.made.call.join(&effects);
            self.out.made.returns.join(&returned);
        }
        effects
    }

    pub(super) fn class_definition(&mut self, def: &ast::StmtClassDef) {
        let decorators = self.eval_decorators(&def.decorator_list);
        let symbol = self.symbol(&def.name);
        let outermost = self.frames.is_empty();
        let typed = self.enter_type_parameters(def.type_params.as_deref());
        let mut value = Value::of(value::MUTABLE | value::OPAQUE);
        let mut hooked = false;
        if let Some(arguments) = &def.arguments {
            for base in &arguments.args {
                hooked |= self.base(base, &mut value, false);
            }
            for keyword in &arguments.keywords {
                let makes_it = keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass");
                hooked |= self.base(&keyword.value, &mut value, makes_it);
            }
        }
        if outermost {
            self.out.made.is_class = true;
            self.out.annotations_may_be_read |= def.arguments.is_some() || !def.decorator_list.is_empty();
            value.roots.insert(symbol);
            self.this = Some(symbol);
        }
        let found = bindings(&def.body, &self.shape.settled);
        let globals: BTreeSet<Symbol> = found.globals.iter().map(|name| self.symbol(name)).collect();
        let id = def.name.start().to_u32();
        self.frames.push(Frame {
            id,
            block: Block::Class,
            locals: BTreeSet::new(),
            globals: globals.clone(),
            certain: BTreeSet::new(),
            class: Some(def.name.to_string()),
            handed_back: BTreeSet::new(),
        });
        let mut locals: BTreeSet<Symbol> = found.names.iter().map(|(name, _)| self.symbol(name)).collect();
        locals.retain(|symbol| !globals.contains(symbol));
        for name in ["__module__", "__qualname__"] {
            locals.insert(self.symbols.intern(name));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.locals = locals;
        }
        for stmt in &def.body {
            self.statement(stmt);
            let certain: Vec<Symbol> = certainly_bound(stmt).into_iter().map(|name| self.symbol(name)).collect();
            if let Some(frame) = self.frames.last_mut() {
                let bound = certain.into_iter().filter(|symbol| frame.locals.contains(symbol)).collect::<Vec<_>>();
                frame.certain.extend(bound);
            }
        }
        self.frames.pop();
        for ((block, _), held) in self.locals.range((id, Symbol(0))..=(id, Symbol(u32::MAX))) {
            debug_assert_eq!(*block, id);
            value.hold(held);
            if held.has(value::STATEFUL) && held.has(value::MUTABLE) {
                value.flags |= value::STATEFUL;
            }
        }
        value.flags &= !(value::THIS | value::MADE_HERE);
        if typed {
            self.frames.pop();
        }
        if outermost {
            self.this = None;
            self.out.made.hooks_subclassing |= hooked;
            value.roots.extend(self.out.made.returns.roots.iter().copied());
            value.roots.extend(self.out.made.attributes.roots.iter().copied());
            if self.out.made.attributes.has(value::ARGUMENT) && self.out.made.constructor.has(CHANGES_INSIDE_THIS) {
                self.out.made.constructor.flags |= CHANGES_ARGUMENT;
            }
        }
        if !self.runs_now() {
            value.flags |= value::MADE_HERE | value::ARGUMENT | value::STATEFUL;
        }
        let value = self.decorate(&def.decorator_list, &decorators, value);
        self.store_symbol(symbol, &value);
        self.class_value(&value);
    }

    /// A base class or a class keyword; true when it runs code of this module as the class is made.
    fn base(&mut self, base: &Expr, class: &mut Value, makes_it: bool) -> bool {
        let path = self.path(match base {
            Expr::Subscript(generic) => &generic.value,
            other => other,
        });
        let mut value = self.eval(base);
        value.flags &= !(value::SAME | value::TAKEN | value::MADE_HERE);
        let mut hooked = false;
        let roots: Vec<Symbol> = value.roots.iter().copied().collect();
        for root in roots {
            let Some(facts) = self.fact(root) else { continue };
            let made = &mut self.out.made;
            made.iterates |= facts.iterates;
            made.constructor.join(&facts.constructor);
            made.implicit.join(&facts.implicit);
            hooked |= facts.hooks_subclassing || !facts.is_class || makes_it;
        }
        if value.roots.is_empty() && !value.is_atom() {
            if !path.is_some_and(|path| known::is_plain_base(&path)) {
                class.flags |= value::FOREIGN;
                if self.frames.is_empty() {
                    self.note(
                        "ATI102",
                        base.start(),
                        "has a base or metaclass outside the module, which may register it",
                    );
                }
            }
            return false;
        }
        if hooked {
            self.change(&value, &Value::of(value::MUTABLE | value::OPAQUE | value::MADE_HERE));
            self.invoke(&value);
        }
        class.flags |= value.flags & (value::STATEFUL | value::FOREIGN);
        class.roots.extend(value.roots);
        hooked
    }

    /// A name of the class body got a value.
    pub(super) fn class_value(&mut self, value: &Value) {
        let is_class = self.frames.last().is_some_and(|frame| frame.block == Block::Class);
        if is_class
            && self.runs_now()
            && value.roots.iter().any(|root| self.fact(*root).is_some_and(|facts| facts.hooks_subclassing))
        {
            // `__set_name__` of a descriptor runs when the class is complete.
            self.invoke(value);
            self.change(value, &Value::atom());
        }
    }

    pub(super) fn type_alias(&mut self, alias: &ast::StmtTypeAlias) {
        let typed = self.enter_type_parameters(alias.type_params.as_deref());
        self.walk_function(alias.start().to_u32(), None, Body::Expression(&alias.value), false, false);
        if typed {
            self.frames.pop();
        }
        if let Expr::Name(name) = alias.name.as_ref() {
            let mut value = Value::of(value::MUTABLE | value::OPAQUE);
            value.flags |= value::MADE_HERE;
            self.store(name.id.as_str(), &value);
        }
    }

    /// Opens the block of type parameters (PEP 695); their bounds and defaults are evaluated late.
    fn enter_type_parameters(&mut self, parameters: Option<&ast::TypeParams>) -> bool {
        let Some(parameters) = parameters else { return false };
        let mut locals = BTreeSet::new();
        for parameter in &parameters.type_params {
            locals.insert(self.symbol(&parameter.name().id));
        }
        self.frames.push(Frame {
            id: parameters.start().to_u32(),
            block: Block::Comprehension,
            locals,
            globals: BTreeSet::new(),
            certain: BTreeSet::new(),
            class: None,
            handed_back: BTreeSet::new(),
        });
        for parameter in &parameters.type_params {
            let parts = match parameter {
                ast::TypeParam::TypeVar(variable) => [variable.bound.as_deref(), variable.default.as_deref()],
                ast::TypeParam::TypeVarTuple(variable) => [None, variable.default.as_deref()],
                ast::TypeParam::ParamSpec(variable) => [None, variable.default.as_deref()],
            };
            for part in parts.into_iter().flatten() {
                self.late_annotation(part);
            }
        }
        true
    }
}

/// Nested functions of which the function does nothing but return them.
fn handed_back_only(body: &[Stmt]) -> Vec<&str> {
    struct Uses<'a> {
        defined: Vec<&'a str>,
        returned: BTreeSet<&'a str>,
        used: BTreeSet<&'a str>,
    }
    impl<'a> Visitor<'a> for Uses<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Return(result) if result.value.as_ref().is_some_and(|value| value.is_name_expr()) => {
                    if let Some(Expr::Name(name)) = result.value.as_deref() {
                        self.returned.insert(name.id.as_str());
                    }
                }
                Stmt::FunctionDef(def) => {
                    self.defined.push(def.name.as_str());
                    visitor::walk_stmt(self, stmt);
                }
                Stmt::Nonlocal(names) => self.used.extend(names.names.iter().map(|name| name.as_str())),
                _ => visitor::walk_stmt(self, stmt),
            }
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Name(name) = expr {
                self.used.insert(name.id.as_str());
            }
            visitor::walk_expr(self, expr);
        }
    }
    if !body.iter().any(|stmt| matches!(stmt, Stmt::FunctionDef(_) | Stmt::If(_) | Stmt::Try(_) | Stmt::With(_))) {
        return Vec::new();
    }
    let mut uses = Uses { defined: Vec::new(), returned: BTreeSet::new(), used: BTreeSet::new() };
    uses.visit_body(body);
    let Uses { mut defined, returned, used } = uses;
    defined.retain(|name| returned.contains(name) && !used.contains(name));
    defined
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
