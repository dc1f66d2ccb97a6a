//! Bytes to Python: modules that parse, so that the fuzzer reaches what is behind the parser.
//!
//! Every byte is a choice; when the bytes are used up, every choice is the first one, which is always the shortest. The
//! names are few, so that statements have to do with each other; the words are those that the analysis knows by name.
//!
//! ```text
//! 0c 00 01 …      →       a = b(…)
//! ```

use arbitrary::{Result, Unstructured};

const NAMES: [&str; 16] =
    ["a", "b", "c", "d", "e", "f", "g", "C", "D", "M", "n", "sys", "__name__", "__all__", "open", "__getattr__"];
const MODULES: [&str; 14] = [
    "os",
    "sys",
    "typing",
    "enum",
    "functools",
    "dataclasses",
    "random",
    "contextlib",
    "p.m",
    "p.sub",
    "logging",
    "abc",
    "collections",
    "p",
];
const METHODS: [&str; 14] = [
    "__init__",
    "m",
    "__init_subclass__",
    "__set_name__",
    "__setattr__",
    "__getattr__",
    "__new__",
    "__call__",
    "__len__",
    "__enter__",
    "__exit__",
    "__hash__",
    "__eq__",
    "__class_getitem__",
];
const CONDITIONS: [&str; 5] =
    ["__name__ == '__main__'", "sys.version_info >= (3, 12)", "TYPE_CHECKING", "sys.platform == 'win32'", "False"];
/// Deeper expressions and blocks are cut short.
pub(super) const DEEPEST: usize = 6;

/// A module of a few hundred bytes.
///
/// # Errors
/// Never: what runs out yields the shortest choice. The type is that of `arbitrary`.
pub fn module(bytes: &mut Unstructured<'_>) -> Result<String> {
    let mut writer = Writer { bytes, out: String::new(), depth: 0 };
    while !writer.bytes.is_empty() {
        writer.statement()?;
    }
    Ok(writer.out)
}

pub(super) struct Writer<'w, 'b> {
    bytes: &'w mut Unstructured<'b>,
    pub(super) out: String,
    depth: usize,
}

impl Writer<'_, '_> {
    pub(super) fn choice(&mut self, count: u8) -> Result<u8> {
        Ok(if self.bytes.is_empty() { 0 } else { self.bytes.arbitrary::<u8>()? % count })
    }

    pub(super) fn one_of(&mut self, words: &[&str]) -> Result<()> {
        let position = self.choice(u8::try_from(words.len()).unwrap_or(u8::MAX))?;
        self.out.push_str(words[usize::from(position)]);
        Ok(())
    }

    pub(super) fn say(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self, text: &str) {
        (0..self.depth).for_each(|_| self.out.push(' '));
        self.say(text);
    }

    pub(super) fn name(&mut self) -> Result<()> {
        self.one_of(&NAMES)
    }

    fn block(&mut self) -> Result<()> {
        self.say(":\n");
        self.depth += 1;
        for _ in 0..=self.choice(3)? {
            self.statement()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn statement(&mut self) -> Result<()> {
        let kind = if self.depth >= DEEPEST { self.choice(6)? } else { self.choice(28)? };
        self.line("");
        match kind {
            0 => self.say("pass"),
            1 => {
                self.target(0)?;
                self.say(" = ");
                self.expression(0)?;
            }
            2 => {
                self.target(0)?;
                self.say(" += ");
                self.expression(0)?;
            }
            3 => self.expression(0)?,
            4 => {
                self.say("del ");
                self.target(0)?;
            }
            5 => {
                self.name()?;
                self.say(": ");
                self.expression(1)?;
                if self.choice(2)? == 1 {
                    self.say(" = ");
                    self.expression(0)?;
                }
            }
            6 => {
                self.say("global ");
                self.name()?;
            }
            7 => {
                self.say("import ");
                self.one_of(&MODULES)?;
                if self.choice(2)? == 1 {
                    self.say(" as ");
                    self.name()?;
                }
            }
            8 => {
                self.say("from ");
                self.one_of(&["", ".", ".."])?;
                self.one_of(&MODULES)?;
                self.say(" import ");
                if self.choice(6)? == 5 { self.say("*") } else { self.name()? }
            }
            9 => {
                self.say("if ");
                if self.choice(3)? == 2 {
                    self.one_of(&CONDITIONS)?
                } else {
                    self.expression(0)?
                }
                self.block()?;
                if self.choice(2)? == 1 {
                    self.line("else");
                    self.block()?;
                }
                return Ok(());
            }
            10 => {
                self.say("for ");
                self.target(0)?;
                self.say(" in ");
                self.expression(0)?;
                return self.block();
            }
            11 => {
                self.say("while ");
                self.expression(0)?;
                return self.block();
            }
            12 => {
                self.say("try");
                self.block()?;
                self.line("");
                self.one_of(&["finally", "except ImportError as e", "except* b"])?;
                return self.block();
            }
            13 => {
                self.say("with ");
                self.expression(0)?;
                self.say(" as ");
                self.target(0)?;
                return self.block();
            }
            14 => return self.matching(),
            15..=18 => return self.function(&NAMES),
            19..=21 => return self.class(),
            22 => {
                self.say("return ");
                self.expression(0)?;
            }
            23 => {
                self.one_of(&["raise ", "assert ", "await ", "yield "])?;
                self.expression(0)?;
            }
            24 => self.one_of(&[
                "__at_import__ = None",
                "def __at_import__(): a.append(b)",
                "__at_import__()",
                "from __future__ import annotations",
                "from typing import TYPE_CHECKING",
                "import sys",
                "__all__ += ['a']",
                "sys.modules[__name__] = a",
                "'a string'",
            ])?,
            25 => {
                self.say("type ");
                self.name()?;
                self.say("[T] = ");
                self.expression(1)?;
            }
            26 => {
                self.say("nonlocal ");
                self.name()?;
            }
            _ => {
                self.target(0)?;
                self.say(" = ");
                self.target(0)?;
                self.say(" = ");
                self.expression(0)?;
            }
        }
        self.say("\n");
        Ok(())
    }

    fn matching(&mut self) -> Result<()> {
        self.say("match ");
        self.expression(0)?;
        self.say(":\n");
        self.line(" case ");
        self.one_of(&["_", "a", "[b, *c]", "{'k': d, **e}", "C(x=f)", "1 | 2 as g", "sys.x", "None"])?;
        if self.choice(2)? == 1 {
            self.say(" if ");
            self.expression(0)?;
        }
        self.depth += 1;
        self.block()?;
        self.depth -= 1;
        Ok(())
    }

    fn decorators(&mut self) -> Result<()> {
        if self.choice(3)? == 2 {
            self.say("@");
            self.expression(1)?;
            self.say("\n");
            self.line("");
        }
        Ok(())
    }

    fn function(&mut self, names: &[&str]) -> Result<()> {
        self.decorators()?;
        self.one_of(&["def ", "async def "])?;
        self.one_of(names)?;
        self.one_of(&["(", "(self", "(x, y=", "(*, x=", "(*x, **y", "(x: "])?;
        if self.out.ends_with(['=', ' ']) {
            self.expression(1)?;
        }
        self.say(")");
        if self.choice(4)? == 3 {
            self.say(" -> ");
            self.expression(1)?;
        }
        self.block()
    }

    fn class(&mut self) -> Result<()> {
        self.decorators()?;
        self.say("class ");
        self.name()?;
        if self.choice(2)? == 1 {
            self.one_of(&["(", "(metaclass=", "(object, "])?;
            self.expression(1)?;
            self.say(")");
        }
        self.say(":\n");
        self.depth += 1;
        for _ in 0..=self.choice(3)? {
            if self.depth < DEEPEST && self.choice(2)? == 1 {
                self.line("");
                self.function(&METHODS)?;
            } else {
                self.statement()?;
            }
        }
        self.depth -= 1;
        Ok(())
    }
}
