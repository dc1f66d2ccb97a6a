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
//! Trees can be as deep as the source is long (`- - - - 1`), and walking, or merely dropping, one is recursive. So the
//! depth is measured first, on a stack that grows by itself; a tree deeper than [`MAX_DEPTH`] is refused, any other one is
//! walked on a stack that is large enough for it.

pub(super) use ruff_python_ast as ast;
pub(super) use ruff_python_ast::visitor;
pub(super) use ruff_text_size::{Ranged, TextSize};

use ast::visitor::Visitor;

/// Deeper trees are refused. CPython 3.11 gives up at 3 times its recursion limit of 1000 as well (`ast.c`).
const MAX_DEPTH: usize = 3000;
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

/// Parses the source and hands the tree to `work`, on a stack that is deep enough for walking it.
pub(super) fn with_tree<T>(source: &str, work: impl FnOnce(&[ast::Stmt]) -> T) -> Result<T, Unparsable> {
    let parsed = ruff_python_parser::parse_unchecked_source(source, ast::PySourceType::Python);
    let mut gauge = Gauge { depth: 0, deepest: 0 };
    gauge.visit_body(parsed.suite());
    let needed = gauge.deepest.max(16) * BYTES_PER_LEVEL;
    stacker::maybe_grow(needed, needed + needed / 4, move || {
        if let Some(error) = parsed.errors().first() {
            let line = Lines::new(source).line(error.location.start());
            return Err(Unparsable { line, message: error.error.to_string() });
        }
        if gauge.deepest > MAX_DEPTH {
            let message = format!("nested {} levels deep, at most {MAX_DEPTH} are analysed", gauge.deepest);
            return Err(Unparsable { line: 1, message });
        }
        Ok(work(parsed.suite()))
    })
}

/// Measures the deepest nesting of a tree.
struct Gauge {
    depth: usize,
    deepest: usize,
}

impl Gauge {
    fn level(&mut self, walk: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || walk(self));
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
    }
}
