//! What evaluating an expression does, and what is known about its result.
//!
//! Which question does this file answer? "Which names does this expression read, bind and change, and which names' objects
//! may its value share?" Calls are answered in [`super::calls`], namespaces looked at as mappings in [`super::namespace`].
//!
//! ```python
//! [x.y for x in xs if x in seen]     # reads xs, seen; snapshots xs (its elements), seen
//! a if b else c                      # reads a, b, c; the value may be a's or c's object
//! lambda: k                          # reads nothing now; its code reads k
//! ```
//!
//! Every read of an owned name may also run special methods of the classes that its value leads to; that is not recorded
//! here but added for all reads alike in [`super::partition`].

use super::definitions::Body;
use super::effects::Effects;
use super::parse::Ranged;
use super::parse::ast::{self, Expr, ExprContext, Operator};
use super::value::{self, Value};
use super::walk::{Block, Frame, Walker};

impl Walker<'_, '_> {
    /// Evaluates an expression that is read.
    pub(super) fn eval(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => self.load(name.id.as_str()),
                _ => Value::atom(),
            },
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Value::atom(),
            Expr::BoolOp(operation) => {
                let values: Vec<Value> = operation.values.iter().map(|value| self.eval(value)).collect();
                values.iter().for_each(|value| self.snapshot(value));
                join(&values)
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value);
                if let Expr::Name(name) = named.target.as_ref() {
                    self.store_walrus(name.id.as_str(), &value);
                }
                value
            }
            Expr::BinOp(operation) => {
                [&operation.left, &operation.right].into_iter().for_each(|operand| self.look_at_all(operand));
                let (left, right) = (self.eval(&operation.left), self.eval(&operation.right));
                self.snapshot(&left);
                self.snapshot(&right);
                // Formatting a string yields a string, whatever the arguments are.
                if operation.op == Operator::Mod && operation.left.is_string_literal_expr() {
                    self.ask(&right);
                    return Value::atom();
                }
                Value::computed([&left, &right])
            }
            Expr::UnaryOp(operation) => {
                let operand = self.eval(&operation.operand);
                self.snapshot(&operand);
                if operation.op == ast::UnaryOp::Not { Value::atom() } else { Value::computed([&operand]) }
            }
            Expr::Compare(compare) => self.eval_compare(compare),
            Expr::Lambda(lambda) => self.eval_lambda(lambda),
            Expr::If(choice) => {
                let test = self.eval(&choice.test);
                self.snapshot(&test);
                let (body, orelse) = (self.eval_maybe(&choice.body), self.eval_maybe(&choice.orelse));
                join(&[body, orelse])
            }
            Expr::Dict(dict) => {
                let mut held = Value::container([]);
                for item in &dict.items {
                    let value = self.eval(&item.value);
                    match &item.key {
                        Some(key) => {
                            let key = self.eval(key);
                            self.snapshot(&key);
                            held.hold(&key);
                            held.hold(&value);
                        }
                        None => {
                            self.look_at_all(&item.value);
                            self.consume(&value);
                            held.hold(&value.element());
                        }
                    }
                }
                held
            }
            Expr::Set(set) => {
                let held = self.eval_display(&set.elts);
                // its elements are hashed
                self.snapshot(&held.element());
                held
            }
            Expr::List(list) => self.eval_display(&list.elts),
            Expr::Tuple(tuple) => {
                let held = self.eval_display(&tuple.elts);
                // A tuple of atoms can't change.
                if held.has(value::INNER) || !held.roots.is_empty() { held } else { Value::atom() }
            }
            Expr::ListComp(comp) => self.eval_comprehension(expr, &comp.generators, None, &comp.elt),
            Expr::SetComp(comp) => self.eval_comprehension(expr, &comp.generators, None, &comp.elt),
            Expr::DictComp(comp) => self.eval_comprehension(expr, &comp.generators, comp.key.as_deref(), &comp.value),
            Expr::Generator(comp) => {
                // The body runs when the generator is consumed, which may be here or later.
                self.sinks.push(Effects::default());
                let mut made = self.eval_comprehension(expr, &comp.generators, None, &comp.elt);
                let body = self.sinks.pop().unwrap_or_default();
                if self.runs_now() {
                    self.out.made.code.join(&body);
                }
                self.sink().join(&body);
                made.flags |= value::COUNTED | value::OPAQUE | value::MADE_HERE;
                made
            }
            Expr::Await(awaited) => {
                let value = self.eval(&awaited.value);
                self.invoke(&value);
                self.change(&value, &Value::atom());
                value.element()
            }
            Expr::Yield(yielded) => {
                let value = yielded.value.as_ref().map_or_else(Value::atom, |value| self.eval(value));
                self.give(&value);
                Value::argument()
            }
            Expr::YieldFrom(yielded) => {
                let value = self.eval(&yielded.value);
                self.consume(&value);
                self.give(&value.element());
                Value::argument()
            }
            Expr::Call(call) => self.eval_call(expr, call),
            Expr::FString(string) => {
                for part in string.value.elements() {
                    self.eval_interpolated(part);
                }
                Value::atom()
            }
            Expr::TString(string) => {
                let mut held = Value::container([]);
                for part in string.value.elements() {
                    held.hold(&self.eval_interpolated(part));
                }
                held
            }
            Expr::Attribute(attribute) => self.eval_attribute(expr, attribute),
            Expr::Subscript(subscript) => self.eval_subscript(expr, subscript),
            Expr::Starred(starred) => {
                self.look_at_all(&starred.value);
                let value = self.eval(&starred.value);
                self.consume(&value);
                value
            }
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    let part = self.eval(part);
                    self.snapshot(&part);
                }
                Value::atom()
            }
        }
    }

    /// Records a value that the function being walked hands to its caller.
    pub(super) fn give(&mut self, value: &Value) {
        if let Some(returns) = self.returns.last_mut() {
            returns.join(value);
        }
    }

    fn eval_display(&mut self, elements: &[Expr]) -> Value {
        let mut held = Value::container([]);
        for element in elements {
            let value = self.eval(element);
            held.hold(&if element.is_starred_expr() { value.element() } else { value });
        }
        held
    }

    fn eval_compare(&mut self, compare: &ast::ExprCompare) -> Value {
        if let Some(value) = self.eval_namespace_membership(compare) {
            return value;
        }
        let lefts = std::iter::once(&*compare.left).chain(&compare.comparators);
        for ((op, key), among) in compare.ops.iter().zip(lefts).zip(&compare.comparators) {
            match op {
                ast::CmpOp::In | ast::CmpOp::NotIn => self.look_up(among, key),
                _ => [key, among].into_iter().for_each(|operand| self.look_at_all(operand)),
            }
        }
        let mut operands = vec![self.eval(&compare.left)];
        operands.extend(compare.comparators.iter().map(|operand| self.eval(operand)));
        operands.iter().for_each(|operand| self.snapshot(operand));
        let plain = compare
            .ops
            .iter()
            .all(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn));
        for (op, operand) in compare.ops.iter().zip(&operands[1..]) {
            if matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn) {
                self.consume(operand);
            }
        }
        // Rich comparison may return anything; between built-in values it returns a truth value.
        if plain || operands.iter().all(Value::is_builtin) { Value::atom() } else { Value::computed(&operands) }
    }

    fn eval_lambda(&mut self, lambda: &ast::ExprLambda) -> Value {
        let mut value = Value::of(value::MUTABLE | value::OPAQUE | value::MADE_HERE);
        if let Some(parameters) = &lambda.parameters {
            value.join(&self.eval_defaults(parameters));
        }
        let body = lambda.body.as_ref();
        let parameters = lambda.parameters.as_deref();
        self.walk_function(lambda.start().to_u32(), parameters, Body::Expression(body), false, false);
        value.flags |= value::MADE_HERE;
        if !self.runs_now() {
            // A closure leads to what the function that makes it can reach.
            value.flags |= value::HOLDS_ARGUMENT | value::STATEFUL;
        }
        value
    }

    fn eval_comprehension(
        &mut self,
        whole: &Expr,
        generators: &[ast::Comprehension],
        key: Option<&Expr>,
        element: &Expr,
    ) -> Value {
        let mut first = None;
        if let Some(generator) = generators.first() {
            // The outermost iterable is evaluated in the enclosing block.
            first = Some(self.eval(&generator.iter));
        }
        let mut targets = Vec::new();
        for generator in generators {
            collect_targets(&generator.target, &mut targets);
        }
        let locals = targets.into_iter().map(|name| self.symbol(name)).collect();
        let id = whole.start().to_u32() ^ 0x8000_0000;
        self.frames.push(Frame { locals, ..Frame::new(id, Block::Comprehension) });
        for generator in generators {
            self.look_at_all(&generator.iter);
            let iterable = match first.take() {
                Some(value) => value,
                None => self.eval(&generator.iter),
            };
            self.consume(&iterable);
            self.assign(&generator.target, &iterable.element());
            for condition in &generator.ifs {
                let value = self.eval(condition);
                self.snapshot(&value);
            }
        }
        let mut held = Value::container([]);
        if let Some(key) = key {
            held.hold(&self.eval(key));
        }
        held.hold(&self.eval(element));
        self.frames.pop();
        held
    }

    /// A walrus inside a comprehension binds in the block around it (PEP 572).
    fn store_walrus(&mut self, name: &str, value: &Value) {
        let mut inner = Vec::new();
        while self.frames.last().is_some_and(|frame| frame.block == Block::Comprehension) {
            inner.extend(self.frames.pop());
        }
        self.store(name, value);
        self.frames.extend(inner.into_iter().rev());
    }

    fn eval_interpolated(&mut self, element: &ast::InterpolatedStringElement) -> Value {
        match element {
            ast::InterpolatedStringElement::Literal(_) => Value::atom(),
            ast::InterpolatedStringElement::Interpolation(part) => {
                let value = self.eval(&part.expression);
                self.snapshot(&value);
                if let Some(spec) = &part.format_spec {
                    for element in spec.elements.iter() {
                        self.eval_interpolated(element);
                    }
                }
                value
            }
        }
    }
}

/// The value may be any of these.
pub(super) fn join<'v>(values: impl IntoIterator<Item = &'v Value>) -> Value {
    let mut joined = Value::atom();
    for value in values {
        joined.join(value);
    }
    joined
}

/// Names that an assignment target binds.
pub(super) fn collect_targets<'a>(target: &'a Expr, names: &mut Vec<&'a str>) {
    match target {
        Expr::Name(name) => names.push(name.id.as_str()),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| collect_targets(target, names)),
        Expr::List(list) => list.elts.iter().for_each(|target| collect_targets(target, names)),
        Expr::Starred(starred) => collect_targets(&starred.value, names),
        _ => {}
    }
}
