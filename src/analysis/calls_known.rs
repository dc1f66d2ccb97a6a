//! Calls of what is known: built-ins, and some of the standard library.
//!
//! ```python
//! sorted(L, key=f)      # looks into L, runs f; yields a list of what L holds
//! reduce(f, L)          # yields what f returns
//! ```
//!
//! What a callable does to its arguments is said in the table of [`super::known`]; here is what that means. It is separate
//! from [`super::calls`] because nothing of this is a question of trust.

use super::effects::MAY_FAIL_TO_IMPORT;
use super::expressions::join;
use super::known::{Gives, Known};
use super::parse::ast::{self, Expr};
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    /// Calls what the table of [`super::known`] knows.
    pub(super) fn call_known(&mut self, known: Known, call: &ast::ExprCall, arguments: &[Value]) -> Value {
        let mut value = self.call_known_for(known, call, arguments);
        if known.runs {
            let all = join(arguments);
            self.keep(&all.roots, &all);
            // It may hand back, or hold, what the functions return that it is given.
            let returned = self.returned_by(&all);
            value.join(&returned);
            value.hold(&returned);
        }
        value
    }

    fn call_known_for(&mut self, known: Known, call: &ast::ExprCall, arguments: &[Value]) -> Value {
        for (position, argument) in arguments.iter().enumerate() {
            self.snapshot(argument);
            if known.consumes {
                self.consume(argument);
            }
            // A generator of atoms runs nothing but its own body, which was recorded where it stands.
            let generator = call.arguments.args.get(position).is_some_and(Expr::is_generator_expr);
            if known.runs && (!generator || argument.has(value::INNER)) {
                self.invoke(argument);
                if argument.has(value::FOREIGN) {
                    self.sink().flags |= MAY_FAIL_TO_IMPORT;
                }
            }
        }
        match known.gives {
            Gives::Atom => Value::atom(),
            Gives::Defaults => {
                let mut value = Value::container(arguments);
                value.flags |= value::CALLS_BACK;
                if arguments.first().is_some_and(|factory| !factory.is_atom()) {
                    value.flags |= value::OPAQUE | value::INNER;
                }
                value
            }
            Gives::Container => {
                let mut value = Value::container([]);
                for (position, argument) in arguments.iter().enumerate() {
                    value.hold(&argument.element());
                    let keyword = position.checked_sub(call.arguments.args.len());
                    let keyword = keyword.and_then(|position| call.arguments.keywords.get(position)?.arg.as_ref());
                    // `dict.fromkeys(names, L)`, `OrderedDict(a=L)`: it is held itself, if it isn't a function to compare by
                    if keyword.map_or(position > 0, |name| name.as_str() != "key") {
                        value.hold(argument);
                    }
                }
                value
            }
            Gives::Object | Gives::Iterator => {
                let mut value = Value::container(arguments);
                value.flags |= value::OPAQUE | value::INNER;
                if known.gives == Gives::Iterator {
                    if known.runs {
                        // What it calls for each element may change that element, now or later.
                        for argument in arguments.iter().filter(|argument| argument.has(value::STATEFUL)) {
                            self.change(&argument.element(), &Value::atom());
                        }
                    }
                    value.flags |= value::COUNTED;
                }
                value
            }
            Gives::Argument => {
                let mut value = join(arguments);
                for argument in arguments {
                    value.join(&argument.element());
                }
                value
            }
            Gives::Wrapper => {
                let mut value = Value::container(arguments);
                value.flags |= value::OPAQUE;
                value.flags &= !value::STATEFUL;
                if arguments.iter().any(|argument| argument.has(value::STATEFUL) && argument.has(value::INNER)) {
                    value.flags |= value::STATEFUL;
                }
                value
            }
        }
    }
}
