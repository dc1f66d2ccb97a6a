//! What calling a method does.
//!
//! ```python
//! "a b".split()       # of an atom: changes nothing, and makes a new list
//! L.append(x)         # of a built-in container: changes L, which then holds x
//! self.helper(x)      # of the class being walked: does what its methods do
//! obj.method(x)       # unknown: may change obj and x, and call whatever they lead to
//! ```
//!
//! It is separate from [`super::calls`] because here the receiver tells what is known, and not the callee's name.

use super::effects::{ANY_NAME, CALLS_OUTSIDE, CHANGES_ARGUMENT, INVOKES_ARGUMENT, MAY_FAIL_TO_IMPORT, READS_AMBIENT};
use super::expressions::join;
use super::known_methods;
use super::parse::ast;
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::Walker;

impl Walker<'_, '_> {
    pub(super) fn call_method(&mut self, attribute: &ast::ExprAttribute, call: &ast::ExprCall) -> Value {
        let name = attribute.attr.as_str();
        let symbol = self.symbol(name);
        self.sink().attributes.insert(symbol);
        self.look_into(&attribute.value);
        let base = self.eval(&attribute.value);
        let arguments = self.eval_arguments(&call.arguments);
        let all = join(&arguments);
        self.store_in_class_namespace(&attribute.value, &all.element());
        self.snapshot(&base);
        if base.is_atom() {
            return self.call_atom_method(name, &arguments);
        }
        if base.has(value::MODULE) {
            self.sink().flags |= ANY_NAME;
        }
        if base.is_builtin() {
            return self.call_container_method(name, &base, &arguments);
        }
        if base.has(value::THIS) && !base.has(value::TAKEN) && !base.has(value::ARGUMENT) {
            return self.call_own_method(name, &base, &arguments);
        }
        if base.has(value::FOREIGN) || base.has(value::SHARED) {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
        }
        self.change(&base, &all);
        self.keep(&base.roots, &all);
        if name == "register" {
            self.change_bases(&base);
        }
        if base.has(value::FOREIGN) {
            let mut inside = base.clone();
            inside.flags |= value::TAKEN;
            self.change(&inside, &Value::atom());
        }
        self.invoke(&base);
        let foreign = base.has(value::FOREIGN) || base.has(value::SHARED);
        let mut stored = all.clone();
        stored.join(&base.element());
        for argument in &arguments {
            if foreign {
                self.expose(argument);
            } else {
                // A method of this module, or of a built-in container that a caller passes.
                self.change_through_call(argument, &stored);
                self.invoke(argument);
            }
        }
        let mut value = base.element();
        value.join(&all);
        value.flags |= value::MUTABLE | value::INNER | value::OPAQUE | value::ITERATOR | value::STATEFUL | value::TAKEN;
        value.flags |= value::SHARED | value::HOLDS_SHARED;
        value.flags &= !(value::SAME | value::MADE_HERE);
        value
    }

    /// A method of something that can't change: `", ".join(xs)`, `"a b".split()`, `PATTERN.sub(f, text)`.
    fn call_atom_method(&mut self, name: &str, arguments: &[Value]) -> Value {
        arguments.iter().for_each(|argument| self.consume(argument));
        if matches!(name, "split" | "rsplit" | "splitlines" | "findall" | "groupdict" | "maketrans") {
            return Value::container(arguments);
        }
        if known_methods::looks_at_files(name) {
            self.sink().flags |= READS_AMBIENT;
        }
        let known = known_methods::gives_atom(name);
        if !known || matches!(name, "sub" | "subn" | "translate" | "format" | "format_map") {
            arguments.iter().for_each(|argument| self.invoke(argument));
        }
        if known {
            return Value::atom();
        }
        // `STRUCT.pack_into(buffer)`, `path.open()`, `PATTERN.finditer(text)`
        let stored = Value::container(arguments);
        arguments.iter().for_each(|argument| self.change_through_call(argument, &stored));
        let mut value = stored;
        value.flags |= value::OPAQUE | value::INNER | value::ITERATOR;
        value
    }

    /// A method of a list, dict, set or tuple.
    fn call_container_method(&mut self, name: &str, base: &Value, arguments: &[Value]) -> Value {
        let all = join(arguments);
        for argument in arguments {
            if matches!(name, "add" | "count" | "discard" | "get" | "index" | "pop" | "remove" | "setdefault") {
                // it is hashed, or compared
                self.snapshot(argument);
            }
            if matches!(name, "extend" | "update" | "join" | "union" | "intersection" | "difference") {
                self.consume(argument);
            }
            if name == "sort" {
                self.invoke(argument);
            }
        }
        if !known_methods::is_reading_method(name) {
            let mut stored = all.clone();
            for argument in arguments {
                stored.join(&argument.element());
            }
            stored.flags &= !value::ITERATOR;
            self.change(base, &stored);
        }
        match name {
            "append" | "extend" | "insert" | "add" | "update" | "remove" | "discard" | "clear" | "sort" | "reverse"
            | "index" | "count" | "issubset" | "issuperset" | "isdisjoint" => Value::atom(),
            "copy" | "union" | "difference" | "intersection" | "symmetric_difference" | "items" | "keys" | "values" => {
                let element = base.element();
                let mut value = Value::container(std::iter::once(&element).chain(arguments));
                if !matches!(name, "copy" | "union" | "difference" | "intersection" | "symmetric_difference") {
                    // A view of the dictionary itself.
                    value.roots.join(&base.roots);
                }
                value
            }
            "get" | "pop" | "popitem" | "popleft" | "setdefault" | "join" | "format" | "decode" | "hex" => {
                let mut value = base.element();
                value.join(&all);
                value
            }
            _ => {
                // `d.fromkeys(xs)`, `l.__iter__()`, `counter.most_common()`
                let element = base.element();
                let mut value = Value::container(std::iter::once(&element).chain(arguments));
                value.roots.join(&base.roots);
                value.flags |= value::OPAQUE | value::INNER | value::ITERATOR;
                value
            }
        }
    }

    /// `self.method(…)` and `super().method(…)` in a class of this module.
    fn call_own_method(&mut self, name: &str, base: &Value, arguments: &[Value]) -> Value {
        let Some(facts) = self.this.and_then(|this| self.fact(this)) else {
            return self.call_unknown(base, arguments);
        };
        let foreign = facts.value.has(value::FOREIGN);
        let all = join(arguments);
        if foreign || name != "__new__" {
            self.change(base, &all);
        } // else it makes a new instance, and leaves the class as it is
        if let Some(this) = self.this {
            self.keep(&SymbolSet::from_iter([this]), &all);
        }
        // Which method runs is told by the attribute's name: see `closure::construct`.
        if foreign {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
        }
        for argument in arguments {
            if foreign {
                self.expose(argument);
            } else {
                if facts.code.has(CHANGES_ARGUMENT) {
                    self.change_through_call(argument, &all);
                }
                if facts.code.has(INVOKES_ARGUMENT) {
                    self.invoke(argument);
                }
            }
        }
        self.use_arguments(facts, facts.code.flags, arguments, &facts.stored);
        let mut value = base.element();
        value.join(&all);
        value.join(&facts.returns);
        value
    }
}
