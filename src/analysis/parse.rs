//! The one door to the parser.
//!
//! Which question does this file answer? "What does this source say, as a tree?" It is the only file that names the
//! `ruff_*` crates, which call themselves internal: everything else says [`ast`], so that a new version, or another
//! parser, is a change here.
//!
//! ```python
//! x = ((((1))))      # depth 3: the module's body, the statement, the expression; parentheses leave no trace
//! ```
//!
//! Trees can be as deep as the source is long (`- - - - 1`), and making, walking, or merely dropping one is recursive. So
//! the depth is measured first, on a stack that grows by itself; a tree deeper than [`MAX_DEPTH`] is refused, any other one
//! is walked on a stack that is large enough for it. The parser's stack grows by itself too, by some kilobytes a level: what
//! could nest deeper than [`MAX_NESTING`] is refused before it is parsed.

pub(super) use ruff_python_ast as ast;
use ruff_python_ast::token::TokenKind;
pub(super) use ruff_python_ast::visitor;
pub(super) use ruff_text_size::{Ranged, TextSize};

use ast::visitor::Visitor;

/// Deeper trees are refused. CPython 3.11 gives up at 3 times its recursion limit of 1000 as well (`ast.c`).
const MAX_DEPTH: usize = 3000;
/// What might nest deeper is not parsed: the parser would need a quarter of a gigabyte for it.
const MAX_NESTING: usize = 100_000;
/// Stack that one level of a tree may cost in the walkers, in bytes, unoptimised builds included.
const BYTES_PER_LEVEL: usize = 24 * 1024;

/// Why there is no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Unparsable {
    /// 1-based line of the fault.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

/// What is called, or the expression itself: of `@d` and `@d(…)`, `raise C` and `raise C(…)`.
pub(super) fn called(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Call(call) => &call.func,
        other => other,
    }
}

/// What a string literal says, when that is certain: a lone surrogate (`"\udcff"`), which Rust's strings can't hold, is read
/// as the replacement character.
pub(super) fn key_text(expr: &ast::Expr) -> Option<&str> {
    let text = expr.as_string_literal_expr()?.value.to_str();
    (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}

/// Parses the source and hands the tree to `work`, on a stack that is deep enough for walking it.
pub(super) fn with_tree<T>(source: &str, work: impl FnOnce(&[ast::Stmt]) -> T) -> Result<T, Unparsable> {
    if most_tokens(source) > MAX_NESTING && nesting(source) > MAX_NESTING {
        let message = format!("nested more than {MAX_NESTING} levels deep");
        return Err(Unparsable { line: 1, message });
    }
    let parsed = ruff_python_parser::parse_unchecked_source(source, ast::PySourceType::Python);
    let mut gauge = Gauge { depth: 0, deepest: 0 };
    gauge.visit_body(parsed.suite());
    let fault = parsed.errors().first().map(|error| {
        let line = Lines::new(source).line(error.location.start());
        Unparsable { line, message: error.error.to_string() }
    });
    if gauge.deepest > MAX_DEPTH {
        // Dropping it would recurse as deep as it is, and there may be no stack that large.
        std::mem::forget(parsed);
        let message = format!("nested more than {MAX_DEPTH} levels deep");
        return Err(fault.unwrap_or(Unparsable { line: 1, message }));
    }
    let needed = gauge.deepest.max(16) * BYTES_PER_LEVEL;
    stacker::maybe_grow(needed, needed + needed / 4, move || {
        if let Some(fault) = fault {
            return Err(fault);
        }
        Ok(work(parsed.suite()))
    })
}

/// At least as many tokens as a source has, names, numbers and strings aside; far fewer steps than [`nesting`] takes.
fn most_tokens(source: &str) -> usize {
    // What is no part of a word begins a token at most, and ends one; keywords begin where words do.
    let mut within = false;
    let count = |byte: u8| {
        let word = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        let begins = word && !within;
        within = word;
        usize::from(begins) + 2 * usize::from(!word && byte != b' ')
    };
    2 + source.bytes().map(count).sum::<usize>()
}

/// At least as many levels as the parser will recurse: brackets and blocks that are open, and in each of them the operators
/// and keywords since the last comma or line, of which any may nest what follows it. A comma doesn't end a lambda.
fn nesting(source: &str) -> usize {
    let mut lexer = ruff_python_parser::lexer::lex(source, ruff_python_parser::Mode::Module);
    // Operators and lambdas of each open bracket or block.
    let mut open: Vec<(usize, usize)> = vec![(0, 0)];
    let (mut depth, mut deepest) = (0, 0);
    loop {
        let kind = lexer.next_token();
        let last = open.len() - 1;
        let (operators, lambdas) = &mut open[last];
        match kind {
            TokenKind::EndOfFile => return deepest,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace | TokenKind::Indent => {
                open.push((0, 0));
                depth += 1;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::Dedent if last > 0 => {
                depth -= *operators + *lambdas + 1;
                open.pop();
            }
            TokenKind::Comma => depth -= std::mem::take(operators),
            TokenKind::Newline | TokenKind::Semi => {
                depth -= std::mem::take(operators) + std::mem::take(lambdas);
            }
            TokenKind::Lambda => {
                *lambdas += 1;
                depth += 1;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => {
                *operators += 1;
                depth += 1;
            }
        }
        deepest = deepest.max(depth);
        if deepest > MAX_NESTING {
            return deepest;
        }
    }
}

/// Measures the deepest nesting of a tree, as far as [`MAX_DEPTH`] and one level further.
struct Gauge {
    depth: usize,
    deepest: usize,
}

impl Gauge {
    fn level(&mut self, walk: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        if self.depth <= MAX_DEPTH {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || walk(self));
        }
        self.depth -= 1;
    }
}

impl<'a> Visitor<'a> for Gauge {
    fn visit_stmt(&mut self, stmt: &'a ast::Stmt) {
        self.level(|gauge| visitor::walk_stmt(gauge, stmt));
    }

    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        self.level(|gauge| visitor::walk_expr(gauge, expr));
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.level(|gauge| visitor::walk_pattern(gauge, pattern));
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        self.level(|gauge| visitor::walk_interpolated_string_element(gauge, element));
    }
}

/// Byte offsets to 1-based lines. Python ends lines at `\n`, `\r\n` and `\r`.
pub(super) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub(super) fn new(source: &str) -> Self {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    pub(super) fn line(&self, at: TextSize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= at.to_u32())).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let got = match with_tree(source, <[ast::Stmt]>::len) {
            Ok(count) => format!("{count} statements"),
            Err(error) => format!("line {}", error.line),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn statements_are_counted_and_faults_have_lines() {
        check("a = 1\nb = 2; c = 3\n", "3 statements");
        check("a = 1\nb = = 2\n", "line 2");
    }

    #[test]
    fn any_depth_is_survived() {
        check(&format!("a = {}1", "-".repeat(200_000)), "line 1");
        check(&format!("a = {}1{}", "(".repeat(2000), ")".repeat(2000)), "1 statements");
        check(&format!("a = {}1", "1 + ".repeat(2500)), "1 statements");
        check(&format!("a = {}", "[".repeat(100_000)), "line 1");
        check(&format!("a = b{}", ".x".repeat(1_000_000)), "line 1");
        check(&"lambda a, b:".repeat(1_000_000), "line 1");
    }

    #[test]
    fn nesting_is_never_underestimated() {
        for (source, expected) in [
            ("a = ((1))", 3),
            ("f(-1, -2, -3)", 2),
            ("a - b - c\n- d", 2),
            ("lambda a, b: lambda c, d: 1", 3),
            ("if a:\n  if b:\n    - c\nd", 3),
            ("f'{f'{a}'}'", 4),
            ("([)](", 2),
        ] {
            assert_eq!(nesting(source), expected, "{source}");
            assert!(most_tokens(source) >= expected, "{source}");
        }
    }
}
