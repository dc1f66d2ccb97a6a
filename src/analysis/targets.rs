//! What storing, deleting and updating in place do.
//!
//! Terms: a *target* is what stands on the left of an assignment, after `del`, or after `for`.
//!
//! ```python
//! a, *b = xs          # binds a, b; consumes xs
//! T[k] = v            # changes T, which then holds v
//! L += [x]            # reads, changes and binds L
//! del a, T[k]         # reads and binds a; changes T
//! ```
//!
//! It is separate from [`super::statements`] because many statements have targets, and each of these forms is one of theirs.

use super::attributes::Attribute;
use super::parse::Ranged;
use super::parse::ast::{self, Expr};
use super::value::{self, Value};
use super::walk::{Block, Walker};

impl Walker<'_, '_> {
    /// Binds or stores a value.
    pub(super) fn assign(&mut self, target: &Expr, value: &Value) {
        match target {
            Expr::Name(name) => {
                self.store(name.id.as_str(), value);
                if let Some(frame) = self.frames.last()
                    && frame.block == Block::Class
                {
                    self.class_value(value);
                }
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value),
            Expr::List(list) => self.unpack(&list.elts, value),
            Expr::Starred(starred) => {
                let rest = Value::container([value]);
                self.assign(&starred.value, &rest);
            }
            Expr::Attribute(attribute) => {
                if self.assign_namespace(target, value) {
                    return;
                }
                if self.may_be_this_module(&attribute.value) {
                    self.any_name(attribute);
                }
                self.as_effect(false, |walker| {
                    walker.look_into(&attribute.value);
                    let base = walker.eval(&attribute.value);
                    walker.put_attribute(&base, Attribute::Named(attribute.attr.as_str()), value);
                });
            }
            Expr::Subscript(subscript) => {
                if self.path(&subscript.value).as_deref() == Some("sys.modules") {
                    self.note("ATI133", subscript.start(), "writes to `sys.modules`");
                }
                if self.assign_namespace(target, value) {
                    return;
                }
                self.as_effect(false, |walker| {
                    let base = walker.eval(&subscript.value);
                    let index = walker.eval(&subscript.slice);
                    walker.snapshot(&index);
                    walker.store_in_class_namespace(&subscript.value, value);
                    let mut stored = value.clone();
                    stored.join(&index);
                    walker.put(&base, &stored);
                });
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &[Expr], value: &Value) {
        self.consume(value);
        let element = value.element();
        for target in targets {
            self.assign(target, &element);
        }
    }

    pub(super) fn delete(&mut self, target: &Expr) {
        match target {
            Expr::Name(name) => {
                let symbol = self.symbol(name.id.as_str());
                if self.place(symbol) == super::walk::Place::Module {
                    // Deleting looks the name up: it must exist.
                    self.read(symbol);
                    self.store_module(symbol, &Value::atom());
                    if self.runs_now() {
                        self.out.deleted.insert(symbol);
                    }
                }
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.delete(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.delete(target)),
            _ => {
                if let Expr::Subscript(subscript) = target {
                    self.look_up(&subscript.value, &subscript.slice);
                }
                if !self.delete_namespace(target) {
                    self.assign(target, &Value::atom());
                }
            }
        }
    }

    pub(super) fn augmented(&mut self, assign: &ast::StmtAugAssign) {
        match assign.target.as_ref() {
            Expr::Name(name) => {
                let operand = self.eval(&assign.value);
                let current = self.load(name.id.as_str());
                self.snapshot(&operand);
                self.snapshot(&current);
                self.consume(&operand);
                let mut stored = operand.element();
                stored.join(&operand);
                if current.has(value::SHARED) && !current.roots.is_empty() && self.runs_now() {
                    // In place, this may change somebody else's list.
                    self.as_effect(false, |walker| walker.change(&current, &stored));
                } else {
                    self.change(&current, &stored);
                }
                let mut value = Value::computed([&current, &operand]);
                value.flags |= current.flags & (value::SHARED | value::MUTABLE | value::STATEFUL);
                value.flags &= !value::SAME;
                if current.is_builtin() && operand.is_builtin() {
                    value.flags &= !(value::SHARED | value::FOREIGN);
                }
                self.store(name.id.as_str(), &value);
            }
            target => {
                let operand = self.eval(&assign.value);
                let place = self.eval_loaded(target);
                self.consume(&operand);
                let mut stored = operand.element();
                stored.join(&operand);
                self.as_effect(false, |walker| walker.change(&place, &stored));
                stored.join(&place);
                self.assign(target, &stored);
            }
        }
    }

    /// The current value of a target that is updated in place.
    fn eval_loaded(&mut self, target: &Expr) -> Value {
        let base = match target {
            Expr::Attribute(attribute) => self.eval(&attribute.value),
            Expr::Subscript(subscript) => {
                self.eval(&subscript.slice);
                self.eval(&subscript.value)
            }
            _ => Value::atom(),
        };
        self.snapshot(&base);
        base.element()
    }

    pub(super) fn eval_target_parts(&mut self, target: &Expr) {
        match target {
            Expr::Attribute(attribute) => {
                self.eval(&attribute.value);
            }
            Expr::Subscript(subscript) => {
                self.eval(&subscript.value);
                self.eval(&subscript.slice);
            }
            _ => {}
        }
    }
}
