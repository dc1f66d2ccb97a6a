//! Functions: what defining them does, and what their code will do.
//!
//! Terms: a *receiver* is the first parameter of a method; a nested function is *dormant* when the one around it does
//! nothing but hand it back.
//!
//! ```python
//! @app.route("/")              # now: reads app, changes it (app keeps the function)
//! def f(x=D):                  # now: reads D
//!     return T[x]              # code: reads T
//! ```
//!
//! It is separate from the other statements because this is the place where code that runs now and code that may run
//! later are told apart. Classes are in [`super::classes`], decorators in [`super::decorators`].

use std::collections::BTreeSet;

use super::effects::Effects;
use super::parse::Ranged;
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::scope::{bindings, walruses};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::{Block, Frame, Walker};

/// What a function executes when it is called.
#[derive(Clone, Copy)]
pub(super) enum Body<'b> {
    Suite(&'b [Stmt]),
    /// The same, of an `async def`: when the result is awaited.
    Coroutine(&'b [Stmt]),
    Expression(&'b Expr),
}

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
        let dormant = self.frames.last().is_some_and(|frame| frame.handed_back.contains(symbol))
            && def.decorator_list.iter().all(|decorator| self.is_plain(&decorator.expression));
        let suite = if def.is_async { Body::Coroutine(&def.body) } else { Body::Suite(&def.body) };
        let mut effects = self.walk_function(id, Some(&def.parameters), suite, is_method, dormant);
        value.roots.join(&self.returned_later);
        if self.remembers(&def.decorator_list)
            && let Some(owner) = if in_class { self.this } else { Some(symbol) }
        {
            value.flags |= value::MUTABLE | value::STATEFUL;
            effects.changes.insert(owner);
            self.remember(owner, in_class);
        }
        if typed {
            self.frames.pop();
        }
        if in_class && self.runs_now() {
            let runs = self.runs_on(&def.decorator_list);
            self.method(symbol, &def.name, runs, &effects);
        }
        if !self.runs_now() {
            value.flags |= value::MADE_HERE | value::HOLDS_ARGUMENT | value::STATEFUL;
        } else if self.frames.is_empty() {
            value.roots.insert(symbol);
        } else {
            value.flags |= value::MADE_HERE;
        }
        let value = self.decorate(&def.decorator_list, &decorators, value);
        self.store_symbol(symbol, &value);
        if !decorators.is_empty() {
            self.class_value(&value);
        }
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
            Body::Suite(suite) | Body::Coroutine(suite) => bindings(suite, &self.shape.settled),
            Body::Expression(expr) => walruses(expr, &self.shape.settled),
        };
        let nested = !self.runs_now();
        let mut locals: SymbolSet = SymbolSet::new();
        let mut globals: SymbolSet = SymbolSet::new();
        for name in &found.globals {
            globals.insert(self.symbol(name));
        }
        for (name, _) in &found.names {
            locals.insert(self.symbol(name));
        }
        for name in &found.nonlocals {
            let symbol = self.symbol(name);
            locals.remove(symbol);
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
        let mut handed_back = SymbolSet::new();
        if let Body::Suite(suite) | Body::Coroutine(suite) = body {
            for name in handed_back_only(suite) {
                handed_back.insert(self.symbol(name));
            }
        }
        self.frames.push(Frame { locals, globals, handed_back, ..Frame::new(id, Block::Function) });
        self.sinks.push(Effects::default());
        self.returns.push(Value::atom());
        self.functions += 1;
        let doubts = std::mem::take(&mut self.doubts);
        match body {
            Body::Suite(suite) | Body::Coroutine(suite) => self.body(suite),
            Body::Expression(expr) => {
                let value = self.eval(expr);
                self.give(&value);
            }
        }
        self.functions -= 1;
        self.doubts = doubts;
        let mut returned = self.returns.pop().unwrap_or_default();
        let mut effects = self.sinks.pop().unwrap_or_default();
        if nested {
            // It may not run when the function around it does.
            effects.doubt();
        }
        self.frames.pop();
        if found.yields || matches!(body, Body::Coroutine(_)) {
            // The body runs while the result is consumed, or awaited.
            returned = Value::container([&returned]);
            returned.flags |= value::COUNTED | value::OPAQUE | value::INNER | value::MADE_HERE | value::HOLDS_ARGUMENT;
        }
        if nested && dormant {
            // It runs when somebody calls what the function around it has handed back.
            self.out.made.code.join(&effects);
            self.returned_later.join(&returned.roots);
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
    pub(super) fn enter_type_parameters(&mut self, parameters: Option<&ast::TypeParams>) -> bool {
        let Some(parameters) = parameters else { return false };
        let mut locals = SymbolSet::new();
        for parameter in &parameters.type_params {
            locals.insert(self.symbol(&parameter.name().id));
        }
        self.frames.push(Frame { locals, ..Frame::new(parameters.start().to_u32(), Block::Comprehension) });
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
        used: Option<BTreeSet<&'a str>>,
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
                Stmt::Nonlocal(names) => {
                    self.used.iter_mut().for_each(|used| used.extend(names.names.iter().map(|name| name.as_str())));
                }
                _ => visitor::walk_stmt(self, stmt),
            }
        }

        fn visit_expr(&mut self, expr: &'a Expr) {
            let Some(used) = &mut self.used else { return };
            if let Expr::Name(name) = expr {
                used.insert(name.id.as_str());
            }
            visitor::walk_expr(self, expr);
        }
    }
    if !body.iter().any(|stmt| matches!(stmt, Stmt::FunctionDef(_) | Stmt::If(_) | Stmt::Try(_) | Stmt::With(_))) {
        return Vec::new();
    }
    // expressions, which there are many of, are looked at where it matters
    let mut uses = Uses { defined: Vec::new(), returned: BTreeSet::new(), used: None };
    uses.visit_body(body);
    if !uses.defined.iter().any(|name| uses.returned.contains(name)) {
        return Vec::new();
    }
    let mut uses = Uses { defined: Vec::new(), returned: BTreeSet::new(), used: Some(BTreeSet::new()) };
    uses.visit_body(body);
    let Uses { mut defined, returned, used } = uses;
    defined.retain(|name| returned.contains(name) && !used.as_ref().is_some_and(|used| used.contains(name)));
    defined
}
