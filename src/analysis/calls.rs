//! What a call does.
//!
//! Terms: the callee is *known* when it is in the table of [`super::known`], *local* when it is a function or class of this
//! module called by name, and *unknown* otherwise; an unknown callee may change and call everything it gets.
//!
//! ```python
//! len(L)              # known
//! f(L)                # local: does to L what the body of `f` does to its arguments
//! obj.method(L)       # unknown: may change obj and L, and call whatever they lead to
//! os.path.join(a, b)  # known, through an import that is bound once
//! C.register(L)       # a method of a local class: may change C and L
//! ```
//!
//! It is separate from the other expressions because here the analysis meets code that it can't see, so every rule is a
//! question of trust. Methods are in [`super::methods`].

use compact_str::{CompactString, format_compact};

use super::attributes::Attribute;
use super::effects::{
    ANY_NAME, CALLS_OUTSIDE, CHANGES_ARGUMENT, CHANGES_INSIDE_THIS, CONSUMES_ARGUMENT, INVOKES_ARGUMENT,
    MAY_FAIL_TO_IMPORT, PUTS_INTO_ARGUMENT, SNAPSHOTS_ARGUMENT,
};
use super::expressions::join;
use super::known;
use super::known_imports;
use super::names::Symbol;
use super::outcome::{ASKS_ATTRIBUTES, Facts, LOOKS_INTO_ARGUMENTS, REPLACED, SETS_NAMES};
use super::own_module::{gives_namespace, is_own_name};
use super::parse::Ranged;
use super::parse::ast::{self, Expr};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::{Place, Walker};

impl Walker<'_, '_> {
    pub(super) fn eval_call(&mut self, expr: &Expr, call: &ast::ExprCall) -> Value {
        if let Some(value) = self.eval_namespace_call(expr, call) {
            return value;
        }
        if let Expr::Attribute(attribute) = call.func.as_ref() {
            if ["copy", "items", "keys", "values"].contains(&attribute.attr.as_str()) {
                self.look_at_all(&attribute.value);
            }
            self.look_up_by(attribute, &call.arguments.args);
            if self.path(&call.func).is_none() {
                let mut value = self.call_method(attribute, call);
                value.flags |= self.hidden_kind(&call.func);
                return value;
            }
        }
        let path = self.path(&call.func);
        let callee = self.callee(&call.func);
        let mut function = self.eval(&call.func);
        if path.as_deref().is_some_and(gives_namespace) {
            // with a namespace of somebody else's: see `eval_namespace_call`
            function.flags &= !value::MODULE;
        }
        let arguments = self.eval_arguments(&call.arguments);
        if let Some(path) = &path {
            self.note_ambient(path, call.start());
            if let Some(value) = self.call_special(path, &arguments) {
                return value;
            }
            if let Some(known) = known::callable(path) {
                return self.call_known(known, call, &arguments);
            }
            if known::registers_subclass(path)
                && let ([class], [value]) = (&*call.arguments.args, arguments.as_slice())
                && self.callee(class).is_some_and(|class| self.fact(class).is_some_and(|facts| facts.is_class()))
            {
                self.change(value, &Value::atom());
                return value.clone();
            }
            if callee.is_none() {
                self.note(
                    "ATI111",
                    call.start(),
                    format!("calls `{path}`, which may use state elsewhere or raise on purpose"),
                );
                self.note_handing_out(path, call, &arguments);
            }
        }
        if let Some(value) = self.call_in_class(&call.func, &function, &arguments) {
            return value;
        }
        if self.makes_tuple(&call.func) {
            return self.call_known(known::TUPLE, call, &arguments);
        }
        match callee {
            Some(symbol) => self.call_local(symbol, &function, &arguments),
            None if path.as_ref().is_some_and(|path| known_imports::imports_nothing(path)) => {
                self.call_vouched(&function, &arguments)
            }
            None => {
                let mut value = self.call_unknown(&function, &arguments);
                if path.is_none() {
                    value.flags |= self.hidden_kind(&call.func);
                    if let [name] = &*call.arguments.args
                        && is_own_name(name, self.shape.input.module)
                    {
                        // by another name, it may be `import_module`
                        value.flags |= value::MODULE;
                    }
                }
                value
            }
        }
    }

    /// The function or class of this module that an expression names.
    pub(super) fn callee(&mut self, func: &Expr) -> Option<Symbol> {
        let Expr::Name(name) = func else { return None };
        let symbol = self.symbol(name.id.as_str());
        let known = self.place(symbol) == Place::Module
            && self.shape.is_definition(self.symbols.text(symbol))
            && self.fact(symbol).is_none_or(|facts| {
                !facts.has(REPLACED) && (!facts.value.has(value::FOREIGN | value::SHARED) || facts.is_class())
            });
        known.then_some(symbol)
    }

    pub(super) fn eval_arguments(&mut self, arguments: &ast::Arguments) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.args.iter().enumerate() {
            self.look_inside(argument);
            let mut value = self.eval(argument);
            if arguments.args.len() > place + 2
                && matches!(self.path(argument).as_deref(), Some("builtins.exec" | "builtins.eval"))
            {
                // `call(exec, code, namespace)`
                value.flags &= !value::MODULE;
            }
            if argument.is_starred_expr() {
                value.join(&value.element());
            }
            values.push(value);
        }
        for keyword in &arguments.keywords {
            self.look_inside(&keyword.value);
            let value = self.eval(&keyword.value);
            if keyword.arg.is_none() {
                self.consume(&value);
            }
            values.push(value);
        }
        values
    }

    /// Built-ins that are about names, attributes or iteration.
    fn call_special(&mut self, path: &str, arguments: &[Value]) -> Option<Value> {
        let first = arguments.first().cloned().unwrap_or_default();
        match path {
            "builtins.next" => {
                self.advance(&first);
                let mut values: Vec<Value> = arguments.iter().skip(1).cloned().collect();
                values.push(first.element());
                Some(join(&values))
            }
            "builtins.setattr" | "builtins.delattr" => {
                let stored = arguments.get(2).cloned().unwrap_or_default();
                self.put_attribute(&first, Attribute::Any, &stored);
                Some(Value::atom())
            }
            "builtins.isinstance" => {
                let asks = |class: Symbol| self.fact(class).is_some_and(|facts| facts.has(ASKS_ATTRIBUTES));
                if arguments.get(1).is_some_and(|classes| classes.roots.iter().any(asks)) {
                    // properties run
                    self.invoke(&first);
                }
                None
            }
            "functools.update_wrapper" => {
                self.change(&first, &join(arguments.iter().skip(1)));
                Some(first)
            }
            "builtins.type" if arguments.len() == 1 => {
                let mut value = first.element();
                if first.has(value::THIS) {
                    value.roots.extend(self.this);
                }
                Some(value)
            }
            "builtins.getattr" => {
                if first.has(value::MODULE) {
                    self.sink().flags |= ANY_NAME;
                }
                self.snapshot(&first);
                let mut value = first.attribute();
                value.join(&join(arguments.get(2)));
                if first.has(value::THIS) {
                    value.roots.extend(self.this);
                }
                Some(value)
            }
            "builtins.super" => {
                let mut value = Value::of(value::MUTABLE | value::OPAQUE | value::STATEFUL | value::THIS);
                value.join(&join(arguments));
                value.flags &= !value::TAKEN;
                Some(value)
            }
            "builtins.type" => {
                // A class made by hand holds what it is given, and tells it its name.
                let all = join(arguments);
                self.subclass(&all);
                if self.lead_to(&all.roots, |facts| facts.has(SETS_NAMES)) {
                    self.change(&all.element(), &Value::atom());
                    self.invoke(&all);
                }
                let mut value = Value::container(arguments);
                value.flags |= value::OPAQUE;
                Some(value)
            }
            "builtins.print" | "builtins.__build_class__" => {
                arguments.iter().for_each(|argument| self.invoke(argument));
                self.sink().flags |= CALLS_OUTSIDE;
                Some(Value::atom())
            }
            "logging.getLogger" => {
                // The same logger may be held by anybody; asking for it changes nothing that is ours.
                self.sink().flags |= CALLS_OUTSIDE;
                Some(Value::outside())
            }
            _ => None,
        }
    }

    /// Calls a function or class of this module by its name.
    pub(super) fn call_local(&mut self, symbol: Symbol, function: &Value, arguments: &[Value]) -> Value {
        let certain = self.doubts == 0;
        let sink = self.sink();
        sink.calls.insert(symbol);
        if certain {
            sink.certain_calls.insert(symbol);
        }
        let Some(facts) = self.fact(symbol) else { return Value::atom() };
        let code = facts.called();
        let all = join(arguments);
        self.keep(&SymbolSet::from_iter([symbol]), &all);
        let kept = facts.stored.clone().made_by(function);
        if facts.value.has(value::FOREIGN) {
            // A class whose base is outside, or a function that a decorator from outside has replaced.
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
        }
        let foreign = facts.value.has(value::FOREIGN);
        if code.has(CHANGES_ARGUMENT) || foreign {
            let mut stored = all.clone();
            stored.join(&kept);
            for argument in arguments {
                if foreign { self.expose(argument) } else { self.change_through_call(argument, &stored) }
            }
            if facts.value.has(value::STATEFUL) {
                self.change(function, &stored);
            }
        }
        self.use_arguments(facts, code.flags, arguments, &kept);
        if code.has(CONSUMES_ARGUMENT | PUTS_INTO_ARGUMENT) && facts.value.has(value::STATEFUL) {
            // An argument may be a default of the function.
            self.change(function, &kept);
        }
        if facts.may_be_class() && code.has(CHANGES_INSIDE_THIS) && facts.value.has(value::STATEFUL) {
            self.change(function, &all);
        }
        if code.has(INVOKES_ARGUMENT) || foreign {
            arguments.iter().for_each(|argument| self.invoke(argument));
        }
        if code.has(INVOKES_ARGUMENT | CHANGES_ARGUMENT)
            && all.has(value::FOREIGN | value::SHARED | value::HOLDS_SHARED)
        {
            self.sink().flags |= CALLS_OUTSIDE | MAY_FAIL_TO_IMPORT;
            arguments.iter().for_each(|argument| self.expose(argument));
        }
        if facts.is_class() {
            return self.instance(symbol, function, arguments);
        }
        if facts.code.has(CHANGES_ARGUMENT) && self.runs_now() {
            // A function that it hands back may change what it was handed, when clients call it.
            self.out.made.code.changes.join(&all.roots);
        }
        let mut value = facts.returns.clone();
        if value.has(value::ARGUMENT | value::HOLDS_ARGUMENT | value::MADE_HERE) {
            let made = value.has(value::MADE_HERE);
            let only_holds = !value.has(value::ARGUMENT | value::MADE_HERE);
            value.flags &= !value::MADE_HERE;
            value = value.without_locals();
            for argument in arguments {
                if only_holds {
                    value.hold(argument);
                } else {
                    value.join(argument);
                    value.join(&argument.element());
                }
            }
            if facts.value.has(value::STATEFUL) || made {
                // It leads to the function's code; it is not the function.
                value.roots.join(&function.roots);
                value.flags |= value::STATEFUL | value::OPAQUE | value::MUTABLE;
            }
        }
        if facts.may_be_class() {
            value.join(&self.instance(symbol, function, arguments));
        }
        value
    }

    /// The body of a local function looks into its arguments, iterates over them, or stores into them.
    pub(super) fn use_arguments(&mut self, facts: &Facts, flags: u16, arguments: &[Value], stored: &Value) {
        if flags & SNAPSHOTS_ARGUMENT != 0 {
            arguments.iter().for_each(|argument| self.snapshot(argument));
        }
        if flags & CONSUMES_ARGUMENT != 0 || facts.has(LOOKS_INTO_ARGUMENTS) {
            arguments.iter().for_each(|argument| self.consume(argument));
        }
        if flags & PUTS_INTO_ARGUMENT != 0 {
            let mut all = join(arguments);
            all.join(stored);
            arguments.iter().for_each(|argument| self.put_attribute(argument, Attribute::Perhaps, &all));
        }
    }

    /// An argument is changed by the body of a local function: the object itself, or something inside it.
    pub(super) fn change_through_call(&mut self, argument: &Value, stored: &Value) {
        self.change(argument, stored);
        if argument.has(value::INNER) {
            let mut inner = argument.clone();
            inner.flags |= value::TAKEN;
            inner.flags &= !value::SHARED;
            if argument.has(value::HOLDS_SHARED) {
                inner.flags |= value::SHARED;
            }
            self.change(&inner, &Value::atom());
        }
    }

    /// The dotted absolute name of what an expression stands for, through imports bound once.
    pub(super) fn path(&mut self, expr: &Expr) -> Option<CompactString> {
        self.short_path(expr, 6)
    }

    fn short_path(&mut self, expr: &Expr, longest: usize) -> Option<CompactString> {
        match expr {
            Expr::Name(name) => {
                let symbol = self.symbol(name.id.as_str());
                if self.place(symbol) != Place::Module {
                    return None;
                }
                self.shape.path(self.symbols.text(symbol))
            }
            Expr::Attribute(attribute) if longest > 0 => {
                let base = self.short_path(&attribute.value, longest - 1)?;
                Some(format_compact!("{base}.{}", attribute.attr))
            }
            _ => None,
        }
    }
}
