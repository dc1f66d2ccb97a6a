//! Functions and classes whose bodies can be compiled apart from their statements.
//!
//! Terms: a *head* is what a statement that defines a function or class says before its body; a body stands *apart* when the
//! code that comes of it depends on nothing else of the file than where it stands and what the module imports, and when
//! nothing that the compiler says of the head may be said twice.
//!
//! ```python
//! @register                # heads: these two lines, a body of `0`, and as many empty lines as the real body had;
//! def f(x: int = LIMIT):   # bodies: all four lines, at their places, and nothing of the rest of the file
//!     """What it does."""
//!     return os.path.join(str(x), "y")
//! ```
//!
//! Which question does this file answer? "What can the interpreter compile from text, all at once, that would otherwise become
//! a tree of Python objects?" It is separate because no plan depends on it: it is about price alone.

use super::parse::Ranged;
use super::parse::ast::{self, Expr, Stmt};
use super::parse::visitor::{self, Visitor};
use super::plan::Statement;

/// What [`super::Input::without`] says to keep all bodies in their statements: nobody should be able to tell.
pub const ALL: &str = "apart";

/// Two texts that CPython reads in place of one source, of as many lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts {
    /// Everything but the bodies that stand apart.
    pub heads: String,
    /// The statements whose bodies stand apart, and nothing else.
    pub bodies: String,
}

/// The source in two texts; nothing when no body stands apart.
#[must_use]
pub fn texts(source: &str, statements: &[Statement]) -> Option<Texts> {
    let mut texts = Texts { heads: String::with_capacity(source.len()), bodies: String::with_capacity(source.len()) };
    let mut done = 0;
    for statement in statements {
        let Some(body) = statement.body else { continue };
        let [start, body, end] = [statement.start, body, statement.end].map(|at| at as usize);
        texts.heads.push_str(&source[done..body]);
        texts.heads.push('0');
        empty_lines(&mut texts.heads, &source[body..end]);
        empty_lines(&mut texts.bodies, &source[done..start]);
        texts.bodies.push_str(&source[start..end]);
        done = end;
    }
    if done == 0 {
        return None;
    }
    texts.heads.push_str(&source[done..]);
    Some(texts)
}

/// As many ends of lines as there are in a text.
fn empty_lines(to: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let ends = |(at, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    let count = bytes.iter().enumerate().filter(|found| ends(*found)).count();
    to.extend(std::iter::repeat_n('\n', count));
}

/// Where the bodies that stand apart begin, by statement; `statements` has none of them yet.
pub(super) fn set_apart(body: &[Stmt], source: &str, statements: &mut [Statement]) {
    // `super()` is compiled in another way where the module has a name `super` (`can_optimize_super_call`, Python/codegen.c)
    if body.iter().zip(&*statements).any(|(stmt, statement)| may_name_super(stmt, statement, source)) {
        return;
    }
    for (stmt, statement) in body.iter().zip(statements) {
        statement.body = body_of(stmt, statement.start, source);
        let mut search = Needs { before: statement.body, found: false };
        search.visit_stmt(stmt);
        statement.needs_imports = search.found;
    }
}

/// Looks for calls such as `name.method()`, and for annotated names, but not in a body that stands apart.
struct Needs {
    /// Where that body begins.
    before: Option<u32>,
    found: bool,
}

impl<'a> Visitor<'a> for Needs {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !self.found && self.before.is_none_or(|body| stmt.start().to_u32() < body) {
            self.found = stmt.is_ann_assign_stmt();
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && let Expr::Attribute(attribute) = &*call.func
        {
            self.found |= attribute.value.is_name_expr();
        }
        visitor::walk_expr(self, expr);
    }
}

/// Whether the module's own block may have the name `super`, as far as a statement goes.
fn may_name_super(stmt: &Stmt, statement: &Statement, source: &str) -> bool {
    let [start, end] = [statement.start, statement.end].map(|at| at as usize);
    match stmt {
        Stmt::FunctionDef(ast::StmtFunctionDef { body, .. }) | Stmt::ClassDef(ast::StmtClassDef { body, .. }) => {
            let first = body.first().map_or(end, first_byte);
            has_super(&source[start..first])
                || (source[first..end].contains("global") && has_super(&source[first..end]) && has_global(body))
        }
        Stmt::Expr(bare) if bare.value.is_string_literal_expr() => false,
        _ => has_super(&source[start..end]),
    }
}

/// Where a statement begins, decorators included.
fn first_byte(stmt: &Stmt) -> usize {
    let decorators = match stmt {
        Stmt::FunctionDef(def) => def.decorator_list.first(),
        Stmt::ClassDef(class) => class.decorator_list.first(),
        _ => None,
    };
    decorators.map_or(stmt.start(), Ranged::start).to_usize()
}

fn has_super(text: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    text.match_indices("super").any(|(at, word)| {
        let bytes = text.as_bytes();
        !is_part(bytes[..at].last()) && !is_part(bytes.get(at + word.len()))
    })
}

/// Where the body of a statement begins, if it stands apart as far as the statement goes.
fn body_of(stmt: &Stmt, start: u32, source: &str) -> Option<u32> {
    let (name, body) = match stmt {
        Stmt::FunctionDef(def) => (&def.name, &def.body),
        Stmt::ClassDef(class) => (&class.name, &class.body),
        _ => return None,
    };
    let [start, first, end] = [start as usize, first_byte(body.first()?), stmt.end().to_usize()];
    // the compiler's own function of that name has the same line
    (name.as_str() != "__annotate__"
        && has_its_lines(source, start, end)
        // a name of a `global` statement is compiled in another way in the module's own statements, too
        && !(source[first..end].contains("global") && has_global(body))
        && !source[start..first].contains('\\')
        && has_silent_head(stmt))
    .then(|| u32::try_from(first).unwrap_or(u32::MAX))
}

fn has_global(body: &[Stmt]) -> bool {
    struct Search(bool);
    impl<'a> Visitor<'a> for Search {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            self.0 |= stmt.is_global_stmt();
            visitor::walk_stmt(self, stmt);
        }

        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut search = Search(false);
    search.visit_body(body);
    search.0
}

/// Whether nothing but a comment stands on the lines of a text besides itself.
fn has_its_lines(source: &str, start: usize, end: usize) -> bool {
    let before = source[..start].trim_end_matches(['\n', '\r']);
    let after = source[end..].trim_start_matches([' ', '\t']);
    (before.len() < start || start == 0)
        && !before.ends_with('\\')
        && (after.is_empty() || after.starts_with(['\n', '\r', '#']))
}

/// Whether no head of a kind that the compiler may warn of.
fn has_silent_head(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::FunctionDef(def) => {
            let annotations = def.parameters.iter().filter_map(|parameter| parameter.annotation());
            let defaults = def.parameters.iter().filter_map(|parameter| parameter.default());
            def.type_params.is_none()
                && def.decorator_list.iter().all(|decorator| is_silent(&decorator.expression))
                && annotations.chain(defaults).chain(def.returns.as_deref()).all(is_silent)
        }
        Stmt::ClassDef(class) => {
            class.type_params.is_none()
                && class.decorator_list.iter().all(|decorator| is_silent(&decorator.expression))
                && class.arguments.iter().all(|arguments| have_silence(arguments))
        }
        _ => false,
    }
}

/// Whether the compiler never warns of such an expression, as it does of calls of literals, or `is` with them.
fn is_silent(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_) => true,
        Expr::Attribute(attribute) => is_silent(&attribute.value),
        Expr::Starred(starred) => is_silent(&starred.value),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_silent),
        Expr::List(list) => list.elts.iter().all(is_silent),
        Expr::UnaryOp(unary) => unary.op != ast::UnaryOp::Not && is_silent(&unary.operand),
        Expr::BinOp(binary) => is_silent(&binary.left) && is_silent(&binary.right),
        Expr::Subscript(subscript) => is_place(&subscript.value) && is_silent(&subscript.slice),
        Expr::Call(call) => is_place(&call.func) && have_silence(&call.arguments),
        _ => false,
    }
}

fn have_silence(arguments: &ast::Arguments) -> bool {
    arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value)).all(is_silent)
}

/// Whether an expression is made of names, attributes, items and calls.
fn is_place(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Call(_)) && is_silent(expr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, analyze};

    fn statements(source: &str) -> Vec<Statement> {
        let input = Input { source, module: "m", is_package: false, version: (3, 13), platform: "linux", without: "" };
        analyze(&input).expect("it parses").plan.statements
    }

    fn check(source: &str, expected: Option<(&str, &str)>) {
        let found = texts(source, &statements(source));
        let found = found.as_ref().map(|texts| (texts.heads.as_str(), texts.bodies.as_str()));
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn lines_stay_where_they_are() {
        check(
            "x = 1\ndef f(a=x):\n  '''a\n  b'''\n  return a\ny = 2\n",
            Some(("x = 1\ndef f(a=x):\n  0\n\n\ny = 2\n", "\ndef f(a=x):\n  '''a\n  b'''\n  return a")),
        );
        check(
            "class C: a = 1 # c\r\n@a\rdef f():\n\n  @b\n  def g(): 0\n",
            Some(("class C: 0 # c\r\n@a\rdef f():\n\n  0\n\n", "class C: a = 1\n@a\rdef f():\n\n  @b\n  def g(): 0")),
        );
    }

    #[test]
    fn what_shares_its_lines_stays_whole() {
        for source in ["x = 1\n\\\nclass C: pass\n", "\x0cdef f(): 0\n"] {
            check(source, None);
        }
        check("class C: pass;", None);
    }

    #[test]
    fn what_needs_imports_is_found_outside_of_bodies() {
        for (source, expected) in [
            ("a.b()", true),
            ("a.b.c()", false),
            ("a()", false),
            ("a: int", true),
            ("class C:\n  a: int", false),
            ("def f(): a.b()", false),
            ("@a.b()\ndef f(): 0", true),
            ("def f(a=a.b()): 0", true),
            ("class C(a.b()): 0", true),
            ("def f():\n  global x\n  if f: a.b(1)", true),
            ("if a:\n  def f(): [b for c in (lambda: a.b())]", true),
        ] {
            assert_eq!(statements(source)[0].needs_imports, expected, "{source}");
        }
    }

    #[test]
    fn what_leaves_a_trace_outside_stays_whole() {
        check("def f():\n  global x\n  x = 1\n", None);
        check("class C:\n  def f():\n    global x\n", None);
        check("def f():\n  'global'\n  globals()\n", Some(("def f():\n  0\n\n", "def f():\n  'global'\n  globals()")));
        check("def f[T](): 0\n", None);
        check("def __annotate__(): 0\n", None);
    }

    #[test]
    fn a_name_super_keeps_everything_whole() {
        check("class C: 1\nsafe = super\n", None);
        check("@super\nclass C: 1\n", None);
        check("class C: 1\ndef f():\n  global super\n", None);
        let source = "class C:\n  super\nsuperb = x_super, super1\n";
        let bodies = "class C:\n  super";
        check(source, Some(("class C:\n  0\nsuperb = x_super, super1\n", bodies)));
    }

    #[test]
    fn what_the_compiler_may_warn_of_stays_whole() {
        for head in ["a='\\d'", "a=b is 1", "a=1()", "a=[][b]", "a=''()", "a=f''", "a=lambda: 1", "a=not b", "a: 1[b]"]
        {
            check(&format!("def f({head}): 0\n"), None);
        }
        check(
            "@a.b(c)[d]\nclass C(E, *f, k=[1, -(2 + 3)]): 1\n",
            Some((
                "@a.b(c)[d]\nclass C(E, *f, k=[1, -(2 + 3)]): 0\n",
                "@a.b(c)[d]\nclass C(E, *f, k=[1, -(2 + 3)]): 1",
            )),
        );
    }
}
