//! `match` statements.
//!
//! ```python
//! match point:
//!     case [x, y]: ...           # asks for its length and elements, which x and y are then
//!     case {"x": x}: ...         # asks by its method `get`
//!     case Point(x=Zero.x): ...  # asks whether it is an instance, for an attribute, and whether that equals Zero.x
//! ```
//!
//! It is separate from the other statements because a pattern is neither an expression nor a target, but some of each.

use super::parse::ast::{self, Pattern};
use super::value::Value;
use super::walk::Walker;

impl Walker<'_, '_> {
    pub(super) fn choose(&mut self, choice: &ast::StmtMatch) {
        self.look_at_all(&choice.subject);
        let subject = self.eval(&choice.subject);
        for case in &choice.cases {
            self.pattern(&case.pattern, &subject);
            if let Some(guard) = &case.guard {
                self.test(guard);
            }
            self.branch(&case.body);
        }
    }

    fn pattern(&mut self, pattern: &Pattern, subject: &Value) {
        match pattern {
            Pattern::MatchValue(matched) => {
                let value = self.eval(&matched.value);
                self.snapshot(&value);
                self.snapshot(subject);
            }
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(sequence) => {
                self.consume(subject);
                sequence.patterns.iter().for_each(|part| self.pattern(part, &subject.element()));
            }
            Pattern::MatchMapping(mapping) => {
                for key in &mapping.keys {
                    let key = self.eval(key);
                    self.snapshot(&key);
                }
                self.consume(subject);
                if !subject.is_builtin() {
                    // it is asked by its method `get`
                    self.invoke(subject);
                }
                mapping.patterns.iter().for_each(|part| self.pattern(part, &subject.element()));
                if let Some(rest) = &mapping.rest {
                    self.store(rest, &Value::container([&subject.element()]));
                }
            }
            Pattern::MatchClass(class) => {
                let kind = self.eval(&class.cls);
                self.snapshot(&kind);
                self.consume(subject);
                self.invoke(subject);
                class.arguments.patterns.iter().for_each(|part| self.pattern(part, &subject.element()));
                for keyword in &class.arguments.keywords {
                    self.pattern(&keyword.pattern, &subject.element());
                }
            }
            Pattern::MatchStar(star) => {
                if let Some(name) = &star.name {
                    self.store(name, &Value::container([&subject.element()]));
                }
            }
            Pattern::MatchAs(captured) => {
                if let Some(inner) = &captured.pattern {
                    self.pattern(inner, subject);
                }
                if let Some(name) = &captured.name {
                    self.store(name, subject);
                }
            }
            Pattern::MatchOr(choice) => choice.patterns.iter().for_each(|part| self.pattern(part, subject)),
        }
    }
}
