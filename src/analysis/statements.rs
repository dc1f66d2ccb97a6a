//! What executing a statement does.
//!
//! Terms: a statement *exists for its effect* when it is a bare expression, an assertion, a `raise`, a `while`, or stores
//! into or deletes from an object; all others bind names. Which question does this file answer? "What does this statement
//! bind, read and change, and does it, or a part of it, exist for its effect?"
//!
//! ```python
//! H.append(f)               # exists for its effect, which is on H alone
//! os.environ["A"] = "b"     # exists for its effect, which is outside the module
//! for k in names:           # binds k; the store exists for its effect on T
//!     T[k] = make(k)
//! ```
//!
//! Only what runs while the module is executed is asked that question; statements in functions merely add to the effects
//! of calling them. The file is separate from the expressions because the promise of `__at_import__` is about statements.

use super::effects::{ANY_NAME, CALLS_OUTSIDE, CHANGES_OUTSIDE, Effects, MAY_FAIL_TO_IMPORT, RUNS_OWN_CODE};
use super::guards::{self, Guard};
use super::known_imports;
use super::known_methods;
use super::own_module::is_own_name;
use super::parse::ast::{self, Expr, ExprContext, Stmt};
use super::parse::called;
use super::parse::visitor::{self, Visitor};
use super::plan::Part;
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    pub(super) fn body(&mut self, body: &[Stmt]) {
        for stmt in body {
            self.statement(stmt);
        }
    }

    pub(super) fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function_definition(def),
            Stmt::ClassDef(def) => self.class_definition(def),
            Stmt::Return(result) => {
                let value = result.value.as_ref().map_or_else(Value::atom, |value| self.eval(value));
                self.give(&value);
                if self.doubts > 0 {
                    // Nothing behind it is certain, in all of the function.
                    self.doubts += 1;
                }
            }
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| self.delete(target)),
            Stmt::TypeAlias(alias) => self.type_alias(alias),
            Stmt::Assign(assign) => {
                let mut value = if self.makes_handle(assign) { Value::atom() } else { self.eval(&assign.value) };
                for target in &assign.targets {
                    self.assign(target, &value);
                    if let Expr::Name(name) = target
                        && assign.targets.len() > 1
                        && !value.is_atom()
                    {
                        // `a = b = f()`: `b` is `a`.
                        value.join(&self.load(name.id.as_str()));
                    }
                }
            }
            Stmt::AugAssign(assign) => self.augmented(assign),
            Stmt::AnnAssign(assign) => {
                if assign.simple && self.frames.is_empty() {
                    let names = self.symbols.intern("__annotations__");
                    self.store_module(names, &Value::container([]));
                }
                if let Some(value) = &assign.value {
                    let value = self.eval(value);
                    self.assign(&assign.target, &value);
                } else if !assign.target.is_name_expr() {
                    self.eval_target_parts(&assign.target);
                }
                self.annotation(&assign.annotation);
            }
            Stmt::For(each) => {
                self.look_at_all(&each.iter);
                let iterable = self.eval(&each.iter);
                self.consume(&iterable);
                self.assign(&each.target, &iterable.element());
                self.body(&each.body);
                self.body(&each.orelse);
            }
            Stmt::While(repeat) => {
                self.test(&repeat.test);
                self.body(&repeat.body);
                self.body(&repeat.orelse);
                self.mark_effect();
            }
            Stmt::If(branch) => {
                self.test(&branch.test);
                let settled = &self.shape.settled;
                for live in settled.branches(branch) {
                    if let Some(test) = live.test {
                        self.test(test);
                    }
                    self.branch(live.body);
                }
            }
            Stmt::With(with) => self.with(with),
            Stmt::Match(choice) => self.choose(choice),
            Stmt::Raise(raise) => {
                for part in [&raise.exc, &raise.cause].into_iter().flatten() {
                    self.eval(part);
                }
                let raised = raise.exc.as_deref().and_then(|raised| self.path(called(raised)));
                if !raised.is_some_and(|path| known_imports::is_other_error(&path)) {
                    self.sink().flags |= MAY_FAIL_TO_IMPORT;
                }
                self.mark_outside("it raises on purpose");
            }
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::Assert(check) => self.assertion(check),
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.import(stmt, Part::Whole),
            Stmt::Expr(bare) => self.bare(&bare.value),
            Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_)
            | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// Statements that may not run.
    pub(super) fn branch(&mut self, body: &[Stmt]) {
        self.branches += 1;
        self.doubts += 1;
        self.body(body);
        self.branches -= 1;
        self.doubts -= 1;
    }

    pub(super) fn test(&mut self, test: &Expr) {
        let value = self.eval(test);
        self.snapshot(&value);
    }

    /// The statement, or a part of it, only exists for its effect.
    pub(super) fn mark_effect(&mut self) {
        if self.runs_now() {
            self.out.effect = true;
        }
    }

    pub(super) fn mark_outside(&mut self, why: &'static str) {
        if self.runs_now() {
            self.out.effect = true;
            self.out.outside.get_or_insert(why);
        }
    }

    /// Runs `work` as an effect: what it changes and calls decides whether the effect stays inside the module.
    pub(super) fn as_effect(&mut self, calls_count: bool, work: impl FnOnce(&mut Self)) {
        if !self.runs_now() {
            work(self);
            return;
        }
        self.sinks.push(Effects::default());
        work(self);
        let effects = self.sinks.pop().unwrap_or_default();
        self.sink().join(&effects);
        self.mark_effect();
        if effects.has(CHANGES_OUTSIDE) {
            self.mark_outside("it changes an object from outside the module");
        }
        self.out.strong_reads.join(&effects.reads);
        self.out.strong_changes.join(&effects.changes);
        self.out.strong_changes.join(&effects.puts);
        if calls_count {
            if effects.has(CALLS_OUTSIDE) {
                self.mark_outside("it calls code outside the module");
            }
            self.out.effect_runs_own_code |= effects.has(RUNS_OWN_CODE);
            self.out.strong_calls.join(&effects.calls);
            self.out.strong_invokes.join(&effects.invokes);
        }
    }

    /// Whether it has to run at import is told by all pieces together: see [`super::assertions`].
    fn assertion(&mut self, check: &ast::StmtAssert) {
        let mut reads = SymbolSet::new();
        self.as_effect(true, |walker| {
            walker.test(&check.test);
            reads.join(&walker.sink().reads);
            if let Some(message) = &check.msg {
                walker.eval_maybe(message);
            }
        });
        if self.runs_now() {
            self.out.asserts.get_or_insert_default().join(&reads);
        }
    }

    /// An expression statement.
    fn bare(&mut self, expr: &Expr) {
        if is_constant(expr) {
            return;
        }
        if let Expr::Call(call) = expr
            && (self.hands_over(call) || self.fills(expr, call))
        {
            return;
        }
        let names_itself = match expr {
            Expr::Call(call) => call
                .arguments
                .args
                .iter()
                .chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
                .any(|argument| is_own_name(argument, self.shape.input.module)),
            _ => false,
        };
        self.as_effect(true, |walker| {
            let value = walker.eval(expr);
            walker.snapshot(&value);
            if names_itself && walker.runs_now() {
                // Whoever is told the module's name may bind names in it.
                walker.sink().flags |= ANY_NAME;
            }
        });
    }

    /// `C.update(outside.table)` while the module executes, where `C` is a built-in container: it exists for what it does to `C`
    /// alone, as `C |= outside.table` does, and what it asks others for counts as in a statement that binds a name; true when
    /// it was such a call.
    fn fills(&mut self, expr: &Expr, call: &ast::ExprCall) -> bool {
        let Expr::Attribute(attribute) = &*call.func else { return false };
        let is_filling = known_methods::is_filling_method(&attribute.attr) && !self.is_namespace(&attribute.value);
        if !self.runs_now() || !is_filling {
            return false;
        }
        let container = self.eval(&attribute.value);
        if container.is_atom() || !container.is_builtin() {
            return false;
        }
        self.eval(expr);
        if container.has(value::SHARED) && !container.roots.is_empty() {
            // Somebody else may have it, too.
            self.as_effect(false, |walker| walker.change(&container, &Value::atom()));
        }
        true
    }

    fn with(&mut self, with: &ast::StmtWith) {
        let around = self.guard;
        for item in &with.items {
            let manager = self.eval(&item.context_expr);
            // Entering and leaving changes the manager.
            self.change(&manager, &Value::atom());
            self.invoke(&manager);
            if manager.has(value::FOREIGN) {
                self.sink().flags |= MAY_FAIL_TO_IMPORT;
            }
            if let Some(target) = &item.optional_vars {
                let mut entered = manager.element();
                entered.join(&manager);
                self.assign(target, &entered);
            }
        }
        self.guard = around.max(Guard::of_with(with));
        self.body(&with.body);
        self.guard = around;
    }

    fn attempt(&mut self, attempt: &ast::StmtTry) {
        let around = self.guard;
        self.guard = around.max(Guard::of_try(attempt));
        self.sinks.push(Effects::default());
        self.body(&attempt.body);
        let mut effects = self.sinks.pop().unwrap_or_default();
        if guards::catches_import_errors(attempt) && !known_imports::CATCHING.iter().any(|name| self.shape.binds(name))
        {
            effects.flags &= !MAY_FAIL_TO_IMPORT;
        }
        self.sink().join(&effects);
        self.guard = around;
        for handler in &attempt.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            if let Some(kind) = &handler.type_ {
                self.eval(kind);
            }
            if let Some(name) = &handler.name {
                self.store(name, &Value::outside());
                let symbol = self.symbol(name);
                if self.runs_now() && self.place(symbol) == super::walk::Place::Module {
                    self.out.deleted.insert(symbol);
                }
            }
            self.branch(&handler.body);
        }
        self.body(&attempt.orelse);
        self.body(&attempt.finalbody);
    }

    /// An annotation that stands in executed code.
    pub(super) fn annotation(&mut self, annotation: &Expr) {
        if self.shape.eager_annotations() && self.functions == 0 {
            self.eval(annotation);
            self.quoted_annotation(annotation);
        } else {
            self.late_annotation(annotation);
        }
    }

    /// The parts of an annotation that are strings: whoever gets hold of the object may evaluate them.
    fn quoted_annotation(&mut self, annotation: &Expr) {
        if self.runs_now() {
            for name in names_in_strings(annotation).into_iter().filter(|name| self.shape.may_be_bound_again(name)) {
                let symbol = self.symbols.intern(name);
                self.out.annotations.insert(symbol);
                self.out.made.code.reads.insert(symbol);
            }
        }
    }

    /// An annotation that nobody evaluates now, but perhaps who gets hold of the object. A name that is bound once is the same
    /// then as later, or isn't there yet.
    pub(super) fn late_annotation(&mut self, annotation: &Expr) {
        self.sinks.push(Effects::default());
        self.functions += 1;
        self.eval(annotation);
        self.functions -= 1;
        let mut effects = self.sinks.pop().unwrap_or_default();
        if self.runs_now() {
            self.out.annotations.join(&effects.reads);
            effects.reads.retain(|symbol| self.shape.may_be_bound_again(self.symbols.text(symbol)));
            effects.doubt();
            self.out.made.code.join(&effects);
        }
        self.quoted_annotation(annotation);
    }
}

/// What may be a name in the strings of an annotation: `Optional["Node"]`. What a call gets is text (`Annotated[int, Doc("…")]`).
fn names_in_strings(expr: &Expr) -> Vec<&str> {
    struct Names<'a>(Vec<&'a str>);
    impl<'a> Visitor<'a> for Names<'a> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Call(_) => {}
                Expr::StringLiteral(text) => {
                    let words =
                        text.value.iter().flat_map(|part| part.value.split(|c: char| c != '_' && !c.is_alphanumeric()));
                    self.0.extend(words.filter(|word| word.starts_with(|c: char| !c.is_numeric())));
                }
                _ => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut names = Names(Vec::new());
    names.visit_expr(expr);
    names.0
}

/// An expression statement that does nothing.
pub(super) fn is_constant(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
    )
}

/// An expression that always yields the same object that can't change.
pub(super) fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::UnaryOp(operation) => operation.op != ast::UnaryOp::Not && operation.operand.is_number_literal_expr(),
        Expr::Tuple(tuple) => tuple.ctx == ExprContext::Load && tuple.elts.iter().all(is_literal),
        _ => is_constant(expr),
    }
}
