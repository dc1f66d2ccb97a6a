//! Bytes to Python's expressions; see [`super::grammar`], whose other half this is: statements hold expressions, and no
//! expression holds a statement.

use arbitrary::Result;

use super::grammar::{DEEPEST, Writer};

const ATTRIBUTES: [&str; 24] = [
    "x",
    "y",
    "append",
    "pop",
    "update",
    "register",
    "setdefault",
    "__subclasses__",
    "__dict__",
    "__globals__",
    "f_globals",
    "setter",
    "sort",
    "__doc__",
    "add",
    "items",
    "environ",
    "modules",
    "addHandler",
    "random",
    "cast",
    "f_back",
    "get",
    "join",
];
const BUILTINS: [&str; 28] = [
    "len",
    "list",
    "tuple",
    "dict",
    "next",
    "iter",
    "globals",
    "locals",
    "vars",
    "eval",
    "exec",
    "getattr",
    "setattr",
    "delattr",
    "sorted",
    "type",
    "super",
    "property",
    "staticmethod",
    "isinstance",
    "print",
    "open",
    "map",
    "zip",
    "str",
    "hasattr",
    "dir",
    "__import__",
];
const OPERATORS: [&str; 14] = ["+", "-", "*", "or", "and", "in", "not in", "==", "is", "|", "@", "%", "//", "<"];

impl Writer<'_, '_> {
    pub(super) fn target(&mut self, depth: usize) -> Result<()> {
        match if depth > 2 { 0 } else { self.choice(8)? } {
            0..=4 => self.name(),
            5 => {
                self.name()?;
                self.say(".");
                self.one_of(&ATTRIBUTES)
            }
            6 => {
                self.name()?;
                self.say("[");
                self.expression(DEEPEST - 1)?;
                self.say("]");
                Ok(())
            }
            _ => {
                self.say("(");
                self.target(depth + 1)?;
                self.say(", *");
                self.target(3)?;
                self.say(")");
                Ok(())
            }
        }
    }

    pub(super) fn expression(&mut self, depth: usize) -> Result<()> {
        let kind = if depth >= DEEPEST { self.choice(3)? } else { self.choice(20)? };
        let inner = depth + 1;
        match kind {
            0 | 3 => return self.name(),
            1 => return self.one_of(&["1", "None", "'a'", "'{a}'", "b'x'", "1.5", "...", "-1", "True"]),
            2 => return self.one_of(&["[]", "{}", "()", "set()", "object()", "sys.modules[__name__]", "__file__"]),
            4 | 5 => {
                self.name()?;
                self.arguments(inner)?;
            }
            6 | 7 => {
                self.one_of(&BUILTINS)?;
                self.arguments(inner)?;
            }
            8 => {
                self.expression(inner)?;
                self.say(".");
                self.one_of(&ATTRIBUTES)?;
            }
            9 | 10 => {
                self.name()?;
                self.say(".");
                self.one_of(&ATTRIBUTES)?;
                self.arguments(inner)?;
            }
            11 => self.around("[", inner, "]")?,
            12 => {
                self.around("{", inner, ": ")?;
                self.around("", inner, "}")?;
            }
            13 => self.around("lambda x=a: ", inner, "")?,
            14 => {
                self.one_of(&["[", "(", "{"])?;
                let end = if self.out.ends_with('[') {
                    "]"
                } else if self.out.ends_with('(') {
                    ")"
                } else {
                    "}"
                };
                self.around("", inner, " for ")?;
                self.target(2)?;
                self.around(" in ", inner, end)?;
            }
            15 => {
                self.around("(", inner, " ")?;
                self.one_of(&OPERATORS)?;
                self.around(" ", inner, ")")?;
            }
            16 => {
                self.say("(");
                self.name()?;
                self.around(" := ", inner, ")")?;
            }
            17 => {
                self.around("(", inner, " if ")?;
                self.around("", inner, " else ")?;
                self.around("", inner, ")")?;
            }
            18 => self.around("f'{", DEEPEST, "}'")?,
            _ => {
                self.expression(inner)?;
                self.around("[", inner, "]")?;
            }
        }
        Ok(())
    }

    fn around(&mut self, before: &str, depth: usize, after: &str) -> Result<()> {
        self.say(before);
        self.expression(depth)?;
        self.say(after);
        Ok(())
    }

    fn arguments(&mut self, depth: usize) -> Result<()> {
        self.say("(");
        match self.choice(5)? {
            0 => {}
            1 => self.expression(depth)?,
            2 => {
                self.expression(depth)?;
                self.around(", ", depth, "")?;
            }
            3 => self.around("*", depth, "")?,
            _ => self.around("key=", depth, "")?,
        }
        self.say(")");
        Ok(())
    }
}
