//! What happens to objects: being looked into, changed, stored into, handed out, run, iterated over.
//!
//! Terms: to *change* an object is to do something to it that may reach what it holds; to *put* something into it is to store
//! an attribute or an item, which changes that object alone unless a special method hooks the store; to *advance* it is to
//! ask it for elements, which only changes iterators.
//!
//! ```python
//! T.update(x)        # changes T
//! T.a = x            # puts x into T
//! for y in T: ...    # advances T, which does nothing to a list
//! ", ".join(a for a in T)   # ... nor to T when the generator is made and consumed in one statement
//! ```
//!
//! It is separate from the walker's own state because the argument of soundness for changes is made here: every function
//! says through which names, arguments and attributes of `self` a change may be seen.

use super::attributes::Attribute;
use super::effects::{
    ANY_NAME, CALLS_OUTSIDE, CHANGES_ARGUMENT, CHANGES_INSIDE_THIS, CHANGES_OUTSIDE, CHANGES_THIS, CONSUMES_ARGUMENT,
    INVOKES_ARGUMENT, PUTS_INTO_ARGUMENT, RUNS_OWN_CODE, SNAPSHOTS_ARGUMENT,
};
use super::symbol_set::SymbolSet;
use super::value::{self, Value};
use super::walk::{HEAP, Walker};

impl Walker<'_, '_> {
    /// The object's content matters for the result.
    pub(super) fn snapshot(&mut self, value: &Value) {
        if value.has(value::MUTABLE) && value.has(value::STATEFUL) {
            self.use_instance(value);
            self.sink().snapshots.join(&value.roots);
            if value.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
                self.sink().flags |= SNAPSHOTS_ARGUMENT;
            }
        }
    }

    /// The object, or what it holds, may be changed; `stored` may be put into it.
    pub(super) fn change(&mut self, value: &Value, stored: &Value) {
        if value.is_atom() {
            return;
        }
        let deep = value.has(value::TAKEN);
        self.flow_to_heap(stored);
        if value.is_new_container() {
            return;
        }
        let sink = self.sink();
        if deep {
            sink.changes_deeply.join(&value.roots)
        } else {
            sink.changes.join(&value.roots)
        };
        self.flow_to_contents(&value.roots, stored);
        // Changing an object may change what it holds; only of the containers above it is known not to.
        if value.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
            self.sink().flags |= CHANGES_ARGUMENT;
            self.out.made.stored.join(stored);
        }
        if value.has(value::THIS | value::HOLDS_THIS) {
            let only_itself = !deep && !value.has(value::HOLDS_THIS);
            self.sink().flags |= if only_itself { CHANGES_THIS } else { CHANGES_INSIDE_THIS | CHANGES_THIS };
            self.out.made.attributes.hold(stored);
        }
        self.change_beyond(value);
    }

    /// An attribute of the object is stored or deleted.
    pub(super) fn put_attribute(&mut self, value: &Value, attribute: Attribute<'_>, stored: &Value) {
        self.give_attribute(value, attribute, stored);
        self.put(value, stored);
    }

    /// An attribute or an item of the object is stored or deleted.
    pub(super) fn put(&mut self, value: &Value, stored: &Value) {
        if value.is_builtin() {
            // Keys are hashed and compared, which is what reading the names that lead to them may run anyway.
            self.change(value, stored);
            return;
        }
        if value.has(value::TAKEN | value::FOREIGN) {
            self.change(value, stored);
            self.invoke(value);
            if value.has(value::TAKEN) {
                self.sink().puts_deeply.join(&value.roots);
            }
            return;
        }
        self.flow_to_heap(stored);
        self.sink().hooks.join(&value.roots);
        if value.has(value::SAME) {
            self.sink().puts.join(&value.roots);
        }
        self.flow_to_contents(&value.roots, stored);
        if value.has(value::ARGUMENT) {
            self.sink().flags |= PUTS_INTO_ARGUMENT;
            self.out.made.stored.join(stored);
        }
        if value.has(value::THIS) {
            self.sink().flags |= CHANGES_THIS;
            self.out.made.attributes.hold(stored);
            let this = self.this;
            self.sink().hooks.extend(this);
        }
        self.change_beyond(value);
    }

    /// A function puts the value into some object, from which it may be taken again.
    fn flow_to_heap(&mut self, stored: &Value) {
        if !stored.is_atom() && !self.frames.is_empty() {
            let heap = (self.heap(), HEAP);
            self.changed |= self.locals.entry(heap).or_default().join(stored);
        }
    }

    /// The value is put into the objects of some names.
    pub(super) fn flow_to_contents(&mut self, roots: &SymbolSet, stored: &Value) {
        if stored.is_atom() || roots.is_empty() {
            return;
        }
        let now = self.runs_now();
        if !now && stored.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
            // what is outside may keep anything: `expose`
            self.out.made.keeps.join_without(roots, self.foreign);
        }
        // The same few values are put into the same objects over and over.
        let given = &mut self.given[usize::from(now)];
        if !given.contains_key(stored) {
            given.insert(stored.clone(), SymbolSet::new());
        }
        let new = given.get_mut(stored).map(|known| known.insert_from(roots, None)).unwrap_or_default();
        let contents = if now { &mut self.out.contents } else { &mut self.out.contents_later };
        for root in &new {
            contents.entry(root).or_default().join(stored);
        }
    }

    /// What changes with the object when it does not belong to names of the module alone.
    fn change_beyond(&mut self, value: &Value) {
        if value.has(value::SHARED) {
            self.sink().flags |= CHANGES_OUTSIDE;
        }
        if value.has(value::MODULE) {
            self.sink().flags |= ANY_NAME;
        }
    }

    /// Code outside the module gets hold of the object.
    pub(super) fn expose(&mut self, value: &Value) {
        let mut taken = value.clone();
        self.change(&taken, &Value::outside());
        taken.flags |= value::TAKEN;
        taken.flags &= !value::SHARED;
        self.change(&taken, &Value::atom());
        self.invoke(value);
    }

    /// Any code that the object leads to may run.
    pub(super) fn invoke(&mut self, value: &Value) {
        let sink = self.sink();
        sink.invokes.join(&value.roots);
        if value.has(value::FOREIGN) {
            sink.flags |= CALLS_OUTSIDE;
        }
        if value.has(value::ARGUMENT | value::HOLDS_ARGUMENT) {
            sink.flags |= INVOKES_ARGUMENT;
        }
        if value.has(value::MADE_HERE) {
            sink.flags |= RUNS_OWN_CODE;
        }
        if value.has(value::THIS | value::HOLDS_THIS)
            && let Some(this) = self.this
        {
            self.sink().invokes.insert(this);
        }
    }

    /// The object is iterated over.
    pub(super) fn consume(&mut self, value: &Value) {
        self.snapshot(value);
        self.advance(value);
    }

    /// The object is asked for its next element, or for all of them.
    pub(super) fn advance(&mut self, value: &Value) {
        if !value.has(value::ITERATOR) {
            return;
        }
        let mut object = value.clone();
        if value.has(value::ARGUMENT) && !value.has(value::TAKEN) {
            // Whether the argument is an iterator at all is known where the function is called.
            self.sink().flags |= CONSUMES_ARGUMENT;
            object.flags &= !(value::ARGUMENT | value::HOLDS_ARGUMENT);
        }
        self.change(&object, &Value::atom());
        self.invoke(&object);
    }
}
