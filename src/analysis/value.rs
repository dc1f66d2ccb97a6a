//! What is known about the object that an expression yields.
//!
//! Terms: a *root* of a value is a module-level name whose object graph the value may share, so that a change of the value
//! may be seen through the name; an *atom* is a value that can't be changed at all (numbers, strings, tuples of atoms);
//! a value is *shared* when it may be an object that code outside the module also holds; it is *foreign* when calling its
//! methods may run code outside the module; it is *inner* to its roots when it was taken out of them.
//!
//! ```python
//! a = []                     # fresh: no roots, a container of atoms
//! b = {"k": a}               # root `a`, a container that holds more than atoms
//! c = b["k"]                 # root `b`, inner
//! d = logging.getLogger()    # shared and foreign: anybody may hold the same logger
//! ```
//!
//! Values form a lattice: [`Value::join`] only ever adds roots and flags, "false" is always the safer claim, and the
//! fixpoint in [`super::summary`] starts at [`Value::atom`]. The file is separate because the lattice has laws (join is
//! commutative, associative, idempotent) that are tested without any Python.

use super::names::Symbol;
use super::symbol_set::SymbolSet;

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: u32 = 1 << $bit;)*
    };
}

flags! {
    /// It can be changed, or holds something that can.
    MUTABLE = 0;
    /// It holds something that is not an atom.
    INNER = 1;
    /// Code outside the module may hold the same object.
    SHARED = 2;
    /// It may hold a shared object.
    HOLDS_SHARED = 3;
    /// It may be something else than an atom or a built-in container, so using it may run code.
    OPAQUE = 4;
    /// Iterating over it may change it, or what it stands for.
    ITERATOR = 5;
    /// It has state of its own. Functions and classes that have none do not spread aliases.
    STATEFUL = 6;
    /// It may be the very object of a root, not only hold it.
    SAME = 7;
    /// It was taken out of its roots.
    TAKEN = 8;
    /// Its methods may be code outside the module.
    FOREIGN = 9;
    /// It holds a function made in this very statement.
    MADE_HERE = 10;
    /// It is the module itself, or its namespace.
    MODULE = 11;
    /// It may be an argument of the function being walked, or have been taken out of one.
    ARGUMENT = 12;
    /// It may be `self`, or have been taken out of it.
    THIS = 13;
    /// It is an iterator made in this very piece; what iterating over it does to other objects was recorded there.
    COUNTED = 14;
    /// It may hold an argument of the function being walked.
    HOLDS_ARGUMENT = 15;
    /// It may hold `self`.
    HOLDS_THIS = 16;
    /// It may be an object that the module made itself, whoever else holds it.
    OWN = 17;
    /// It may hold such an object.
    HOLDS_OWN = 18;
    /// Subscripting it, or something that it holds, may call what it holds: a class's `__class_getitem__`, or what a
    /// `defaultdict` asks for what it lacks.
    CALLS_BACK = 19;
    /// It may be an instance of a class among its roots, not only the class.
    INSTANCE = 20;
    /// It may hold such an instance.
    HOLDS_INSTANCE = 21;
}

/// What is known about an object.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Value {
    pub(super) roots: SymbolSet,
    pub(super) flags: u32,
}

impl Value {
    /// Something that can't change.
    pub(super) fn atom() -> Self {
        Self::default()
    }

    /// Something of which nothing is known, from outside the module.
    pub(super) fn outside() -> Self {
        Self::of(MUTABLE | INNER | SHARED | HOLDS_SHARED | OPAQUE | ITERATOR | STATEFUL | FOREIGN)
    }

    /// A value without roots.
    pub(super) fn of(flags: u32) -> Self {
        Self { roots: SymbolSet::new(), flags }
    }

    /// An argument of a function of which nothing is known.
    pub(super) fn argument() -> Self {
        // An argument's being shared is settled by who calls: see `PARAMETER_CHANGED` in `effects`.
        Self::of(MUTABLE | INNER | OPAQUE | ITERATOR | STATEFUL | ARGUMENT | HOLDS_ARGUMENT)
    }

    pub(super) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn is_atom(&self) -> bool {
        !self.has(MUTABLE)
    }

    /// A built-in container or an atom: its methods are known.
    pub(super) fn is_builtin(&self) -> bool {
        !self.has(OPAQUE)
    }

    /// Adds what another value may be; true when anything was new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let before = self.flags;
        self.flags |= other.flags;
        self.roots.join(&other.roots) || before != self.flags
    }

    /// A new built-in container holding the values.
    pub(super) fn container<'v>(elements: impl IntoIterator<Item = &'v Self>) -> Self {
        let mut all = Self::of(MUTABLE | STATEFUL | OWN);
        for element in elements {
            all.hold(element);
        }
        all
    }

    /// Records that the other value was put into this one.
    pub(super) fn hold(&mut self, element: &Self) -> bool {
        if element.is_atom() {
            return false;
        }
        let before = self.flags;
        let new = self.roots.join(&element.roots);
        self.flags |= MUTABLE | INNER | (element.flags & (MADE_HERE | MODULE | CALLS_BACK));
        if element.has(ARGUMENT | HOLDS_ARGUMENT) {
            self.flags |= HOLDS_ARGUMENT;
        }
        if element.has(THIS | HOLDS_THIS) {
            self.flags |= HOLDS_THIS;
        }
        if element.has(SHARED) || element.has(HOLDS_SHARED) {
            self.flags |= HOLDS_SHARED;
        }
        if element.has(OWN | HOLDS_OWN) {
            self.flags |= HOLDS_OWN;
        }
        if element.has(INSTANCE | HOLDS_INSTANCE) {
            self.flags |= HOLDS_INSTANCE;
        }
        new || before != self.flags
    }

    /// What comes out of a value by subscript, attribute or iteration.
    pub(super) fn element(&self) -> Self {
        if self.is_atom() || (self.is_builtin() && !self.has(INNER)) {
            return Self::atom();
        }
        let mut element = self.clone();
        element.flags |= MUTABLE | INNER | OPAQUE | ITERATOR | STATEFUL | TAKEN | INSTANCE;
        element.flags &= !(SAME | SHARED | OWN);
        if self.has(HOLDS_OWN) {
            element.flags |= OWN;
        }
        if self.has(HOLDS_ARGUMENT) {
            element.flags |= ARGUMENT;
        }
        if self.has(HOLDS_THIS) {
            element.flags |= THIS;
        }
        if !self.is_builtin() {
            // What a namespace holds is not the namespace; what a list of namespaces holds is.
            element.flags &= !MODULE;
        }
        if self.has(SHARED) || self.has(HOLDS_SHARED) {
            element.flags |= SHARED | HOLDS_SHARED | FOREIGN;
        }
        element
    }

    /// What an attribute of the value is. Of a built-in container it is a method, which leads to the container.
    pub(super) fn attribute(&self) -> Self {
        if self.is_atom() || !self.is_builtin() {
            return self.element();
        }
        let mut container = self.clone();
        container.flags |= INNER;
        container.element()
    }

    /// A new object, of unknown type, computed from the values.
    pub(super) fn computed<'v>(operands: impl IntoIterator<Item = &'v Self>) -> Self {
        let mut all = Self::atom();
        for operand in operands {
            if operand.is_atom() || (operand.is_builtin() && !operand.has(INNER)) {
                all.flags |= operand.flags & (MUTABLE | STATEFUL);
            } else {
                all.join(operand);
            }
        }
        all.flags &= !SAME;
        all
    }

    /// What a function of another piece has kept or given: what was made there leads to that function's code.
    pub(super) fn made_by(mut self, function: &Self) -> Self {
        if self.has(MADE_HERE) {
            self.flags &= !MADE_HERE;
            self.roots.join(&function.roots);
            self.flags |= STATEFUL | OPAQUE | MUTABLE;
        }
        self
    }

    /// What only means something inside the function being walked is left out.
    pub(super) fn without_locals(mut self) -> Self {
        self.flags &= !(ARGUMENT | HOLDS_ARGUMENT | THIS | HOLDS_THIS);
        self
    }

    /// A built-in container that was just made: no name, no argument and nobody outside sees it change.
    pub(super) fn is_new_container(&self) -> bool {
        self.is_builtin() && !self.has(SAME | TAKEN | SHARED | ARGUMENT | THIS | MODULE)
    }

    /// The name of which it is the very object, when there is one such name and it leads to no other.
    pub(super) fn only_root(&self) -> Option<Symbol> {
        let mut roots = self.roots.iter();
        let only = roots.next().filter(|_| self.has(SAME))?;
        roots.next().is_none().then_some(only)
    }

    /// It may be an object that this module made, whose changes can come through its names.
    pub(super) fn is_own_state(&self) -> bool {
        self.has(MUTABLE) && self.has(STATEFUL) && (self.has(OWN) || !self.has(SHARED))
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Symbol;
    use super::*;

    fn check(value: &Value, expected: &str) {
        let names: Vec<String> = value.roots.iter().map(|symbol| symbol.0.to_string()).collect();
        let mut text = format!("roots={}", names.join(","));
        for (flag, name) in [(MUTABLE, "mutable"), (INNER, "inner"), (SHARED, "shared"), (TAKEN, "taken")] {
            if value.has(flag) {
                text.push(' ');
                text.push_str(name);
            }
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn containers_of_atoms_have_no_roots() {
        check(&Value::container([&Value::atom()]), "roots= mutable");
        check(&Value::container([&Value::atom()]).element(), "roots=");
    }

    #[test]
    fn elements_are_taken_from_the_roots_of_their_container() {
        let mut list = Value::container([]);
        list.roots.insert(Symbol(7));
        check(&Value::container([&list]), "roots=7 mutable inner");
        check(&Value::container([&list]).element(), "roots=7 mutable inner taken");
        check(&Value::outside().element(), "roots= mutable inner shared taken");
    }

    #[test]
    fn join_is_idempotent_and_commutative() {
        let mut left = Value::container([]);
        left.roots.insert(Symbol(1));
        let mut right = Value::outside();
        right.roots.insert(Symbol(2));
        let (mut one, mut two) = (left.clone(), right.clone());
        assert!(one.join(&right));
        assert!(two.join(&left));
        assert_eq!(one, two);
        assert!(!one.join(&right));
    }
}
