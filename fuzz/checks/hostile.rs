//! Sources that are small to write down and large to analyse: deep, long, wide, or full of names.
//!
//! Terms: a shape's *size* is how often its pattern is repeated; a source of twice the size is twice as long.
//!
//! ```python
//! a = [[[[[[[[                  # "brackets"
//! n0 = n1; n1 = n2; n2 = n3     # "chain of names", reversed: each is read before it is bound
//! ```

use std::fmt::Write;

/// A family of sources.
pub struct Shape {
    /// What repeats.
    pub name: &'static str,
    /// Makes the source of a size.
    pub make: fn(usize) -> String,
    /// The size to which it is meant to go.
    pub large: usize,
}

fn nested(size: usize, open: &str, middle: &str, close: &str) -> String {
    format!("a = {}{middle}{}\n", open.repeat(size), close.repeat(size))
}

/// Blocks that stand in each other, each one a space deeper.
fn blocks(size: usize, head: &str) -> String {
    let mut out = String::new();
    for depth in 0..size {
        out.extend(std::iter::repeat_n(' ', depth));
        out.push_str(head);
    }
    out.extend(std::iter::repeat_n(' ', size));
    out + "pass\n"
}

fn each(size: usize, line: impl Fn(usize) -> String) -> String {
    (0..size).fold(String::new(), |mut out, number| {
        let _ = writeln!(out, "{}", line(number));
        out
    })
}

macro_rules! shapes {
    ($($name:literal $large:literal $make:expr;)*) => { &[$(Shape { name: $name, make: $make, large: $large }),*] };
}

/// All shapes.
pub const SHAPES: &[Shape] = shapes! {
    "parentheses" 90_000 |size| nested(size, "(", "1", ")");
    "brackets" 90_000 |size| nested(size, "[", "", "]");
    "brackets that stay open" 90_000 |size| nested(size, "[", "", "");
    "dicts in dicts" 40_000 |size| nested(size, "{1:", "1", "}");
    "calls of calls" 90_000 |size| nested(size, "f(", "1", ")");
    "lambdas in lambdas" 45_000 |size| nested(size, "lambda:", "1", "");
    "conditional expressions" 45_000 |size| nested(size, "1 if b else ", "1", "");
    "signs" 99_000 |size| nested(size, "-", "1", "");
    "negations" 99_000 |size| nested(size, "not ", "1", "");
    "attributes of attributes" 99_000 |size| nested(size, "", "b", ".x");
    "subscripts of subscripts" 1_000_000 |size| nested(size, "", "b", "[0]");
    "results called" 1_000_000 |size| nested(size, "", "b", "()");
    "sums" 90_000 |size| nested(size, "1 + ", "1", "");
    "powers" 90_000 |size| nested(size, "1 ** ", "1", "");
    "conjunctions" 90_000 |size| nested(size, "b and ", "1", "");
    "comparisons" 90_000 |size| nested(size, "1 < ", "1", "");
    "targets" 90_000 |size| nested(size, "b = ", "1", "");
    "formatted strings" 10_000 |size| nested(size, "f'{", "1", "}'");
    "signs beyond measure" 10_000_000 |size| nested(size, "-", "1", "");
    "parentheses beyond measure" 10_000_000 |size| nested(size, "(", "1", ")");
    "attributes beyond measure" 10_000_000 |size| nested(size, "", "b", ".x");
    "strings beyond measure" 1_000_000 |size| nested(size, "f'{", "1", "}'");
    "comprehensions in comprehensions" 30_000 |size| nested(size, "[b for b in ", "c", "]");
    "clauses of a comprehension" 45_000 |size| format!("a = [b {}]\n", "for b in c ".repeat(size));
    "patterns" 10_000 |size| format!("match a:\n case {}_{}: pass\n", "[".repeat(size), "]".repeat(size));
    "alternatives" 90_000 |size| format!("match a:\n case {}0: pass\n", "1 | ".repeat(size));
    "if in if" 1_000 |size| blocks(size, "if a:\n");
    "class in class" 1_000 |size| blocks(size, "class a:\n");
    "function in function" 1_000 |size| blocks(size, "def a():\n");
    "try in try" 1_000 |size| blocks(size, "with a:\n");
    "elif" 100_000 |size| format!("if a: b = 1\n{}", "elif a: b = 1\n".repeat(size));
    "decorators" 100_000 |size| format!("{}def f(): pass\n", "@d\n".repeat(size));
    "bases" 100_000 |size| format!("class C({}): pass\n", "B,".repeat(size));
    "parameters" 100_000 |size| format!("def f({}): pass\n", each(size, |n| format!("a{n}=b,")).replace('\n', ""));
    "literals" 48_000 |size| each(size, |n| format!("a{n} = {n}"));
    "literals beyond measure" 1_000_000 |size| each(size, |n| format!("a{n} = {n}"));
    "bindings" 48_000 |size| each(size, |n| format!("a{n} = f()"));
    "bindings beyond measure" 1_000_000 |size| each(size, |n| format!("a{n} = f()"));
    "bindings of one name" 48_000 |size| each(size, |_| "a = f()".to_owned());
    "changes of one object" 48_000 |size| format!("a = []\n{}", "a.append(1)\n".repeat(size));
    "effects" 48_000 |size| "print(1)\n".repeat(size);
    "effects between bindings" 24_000 |size| each(size, |n| format!("a{n} = f()\nprint(a{n})"));
    "statements on one line" 48_000 |size| "a = f(); ".repeat(size) + "\n";
    "functions" 48_000 |size| each(size, |n| format!("def f{n}(): return a{n}"));
    "functions that call the next" 48_000 |size| each(size, |n| format!("def f{n}(): return f{}()", n + 1));
    "functions that call the one before" 48_000 |size| each(size + 1, |n| format!("def f{}(): return f{n}()", n + 1));
    "functions that rebind" 48_000 |size| each(size, |n| format!("def f{n}():\n global g{n}\n g{n} = 1"));
    "functions that rebind the same" 48_000 |size| each(size, |n| format!("def f{n}():\n global g\n g = h{n}"));
    "classes" 48_000 |size| each(size, |n| format!("class C{n}:\n def m(self): return self.x"));
    "classes of the one before" 48_000 |size| each(size, |n| format!("class C{}(C{n}): x = {n}", n + 1));
    "classes with methods" 30_000 |size| format!("class C:\n{}", each(size, |n| format!(" def m{n}(self): self.m{}()", n + 1)));
    "chain of names" 48_000 |size| each(size, |n| format!("a{} = a{n}", n + 1));
    "chain of names, reversed" 48_000 |size| each(size, |n| format!("a{n} = a{}", n + 1));
    "chain of holders" 48_000 |size| each(size, |n| format!("a{} = [a{n}]", n + 1));
    "chain of holders, reversed" 48_000 |size| each(size, |n| format!("a{n} = [a{}]", n + 1));
    "aliases that change" 24_000 |size| format!("a0 = []\n{}", each(size, |n| format!("a{} = a{n}\na{n}.append({n})", n + 1)));
    "one list of all" 45_000 |size| each(size, |n| format!("a{n} = f()")) + &format!("b = [{}]\n", each(size, |n| format!("a{n},")).replace('\n', ""));
    "one list for all" 48_000 |size| format!("b = []\n{}", each(size, |n| format!("a{n} = g(b)")));
    "registry" 48_000 |size| format!("R = []\ndef r(f):\n R.append(f)\n return f\n{}", each(size, |n| format!("@r\ndef f{n}(): return f{}", n / 2)));
    "snapshots" 48_000 |size| format!("b = []\n{}", each(size, |n| format!("a{n} = tuple(b)")));
    "keys of the namespace" 48_000 |size| each(size, |n| format!("globals()['a{n}'] = f()"));
    "star imports" 24_000 |size| each(size, |n| format!("a{n} = f()\nfrom m{n} import *"));
    "imports" 48_000 |size| each(size, |n| format!("import m{n}.x"));
    "submodules" 48_000 |size| each(size, |n| format!("from .m{n} import x{n}"));
    "annotations" 48_000 |size| each(size, |n| format!("a{n}: int = f()"));
    "deletions" 24_000 |size| each(size, |n| format!("a{n} = f()\ndel a{n}"));
    "loops" 48_000 |size| each(size, |n| format!("for a{n} in b: c[a{n}] = 1"));
    "guarded imports" 48_000 |size| each(size, |n| format!("try: import m{n}\nexcept ImportError: m{n} = None"));
    "conditions after bindings" 16_000 |size| each(size, |n| format!("a{n} = b\nif b: b = f()"));
    "conditions" 48_000 |size| each(size, |n| format!("if a{n}: a{} = f()", n + 1));
    "global statement" 300_000 |size| format!("def f():\n global {}\n", each(size, |n| format!("a{n}")).trim_end().replace('\n', ","));
    "a list" 1_000_000 |size| format!("a = [{}]\n", "f(),".repeat(size));
    "a dict" 1_000_000 |size| format!("a = {{{}}}\n", each(size, |n| format!("{n}: b,")).replace('\n', ""));
    "a string" 50_000_000 |size| format!("a = '{}'\n", "x".repeat(size));
    "surrogates" 1_000_000 |size| format!("a = '{}'\n", "\\ud800".repeat(size));
    "strings side by side" 1_000_000 |size| format!("a = ({})\n", "'x' ".repeat(size));
    "comments" 2_000_000 |size| "# The quick brown fox jumps over the lazy dog, again.\n".repeat(size);
    "empty lines" 20_000_000 |size| "\n".repeat(size);
    "continued lines" 1_000_000 |size| format!("a = {}1\n", "\\\n".repeat(size));
    "null bytes" 1_000_000 |size| "\0".repeat(size);
    "faults" 1_000_000 |size| "= )\n".repeat(size);
    "indentation" 10_000 |size| each(size, |n| " ".repeat(n)) + "a\n";
};
