//! Conditions that are decided before the module runs.
//!
//! Terms: a condition is *settled* when its outcome follows from the interpreter's version, the platform, and the module's
//! not being the main script; the branches that can't run are *dead*. Which question does this file answer? "Which
//! branches of this `if` can run at all?"
//!
//! ```python
//! if TYPE_CHECKING:                    # settled: false, when the name comes from `typing` and is bound nowhere else
//!     from os import PathLike          # dead: `PathLike` is not a name of this module
//! if sys.version_info >= (3, 12): ...  # settled by the version
//! ```
//!
//! It is separate because both the collector of bindings and the walker ask it, and because what it knows must be true
//! about names before any of them has been collected: it is filled from a first collection that settles nothing.

use std::collections::BTreeSet;

use super::parse::ast::{BoolOp, CmpOp, Expr, Number, Stmt, StmtIf, UnaryOp};

/// What conditions may rely on.
#[derive(Default, Debug)]
pub(super) struct Settled {
    pub(super) version: Option<(u8, u8)>,
    pub(super) platform: String,
    /// `__name__` is not `"__main__"`, and nobody rebinds it.
    pub(super) imported: bool,
    /// Names that stand for `typing.TYPE_CHECKING`, or are bound once, to `False`.
    pub(super) never: BTreeSet<String>,
    /// Names that stand for the module `typing`.
    pub(super) typing: BTreeSet<String>,
    /// Names that stand for the module `sys`.
    pub(super) sys: BTreeSet<String>,
}

/// A branch that may run.
pub(super) struct Branch<'a> {
    /// Conditions evaluated before it that the branches before it don't evaluate.
    pub(super) test: Option<&'a Expr>,
    pub(super) body: &'a [Stmt],
}

impl Settled {
    /// The branches of a statement that may run. The first one's test is always the statement's own, left out.
    pub(super) fn branches<'a>(&self, branch: &'a StmtIf) -> Vec<Branch<'a>> {
        let mut live = Vec::new();
        let first = (Some(branch.test.as_ref()), branch.body.as_ref());
        let others = branch.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), clause.body.as_ref()));
        for (position, (test, body)) in std::iter::once(first).chain(others).enumerate() {
            let truth = test.map_or(Some(true), |test| self.truth(test));
            if truth != Some(false) {
                live.push(Branch { test: test.filter(|_| position > 0), body });
            }
            if truth == Some(true) {
                return live;
            }
        }
        live
    }

    /// Every path through the statement runs one of its live branches.
    pub(super) fn is_exhaustive(&self, branch: &StmtIf) -> bool {
        self.truth(&branch.test) == Some(true)
            || branch
                .elif_else_clauses
                .iter()
                .any(|clause| clause.test.as_ref().is_none_or(|test| self.truth(test) == Some(true)))
    }

    /// What the condition is known to be.
    pub(super) fn truth(&self, test: &Expr) -> Option<bool> {
        match test {
            Expr::BooleanLiteral(literal) => Some(literal.value),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(value) => value.as_u64().map(|value| value != 0),
                _ => None,
            },
            Expr::Name(name) => self.never.contains(name.id.as_str()).then_some(false),
            Expr::Attribute(attribute) => {
                let typing = is_name_in(&attribute.value, &self.typing) && attribute.attr.as_str() == "TYPE_CHECKING";
                typing.then_some(false)
            }
            Expr::UnaryOp(operation) if operation.op == UnaryOp::Not => {
                self.truth(&operation.operand).map(|truth| !truth)
            }
            Expr::BoolOp(operation) => self.chain(operation.op, &operation.values),
            Expr::Compare(compare) => match (&*compare.ops, &*compare.comparators) {
                ([op], [right]) => self.comparison(&compare.left, *op, right),
                _ => None,
            },
            Expr::Call(call) => match (call.func.as_ref(), &*call.arguments.args) {
                (Expr::Attribute(method), [Expr::StringLiteral(prefix)])
                    if method.attr.as_str() == "startswith" && self.is_sys(&method.value, "platform") =>
                {
                    self.known_platform().map(|platform| platform.starts_with(prefix.value.to_str()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn chain(&self, op: BoolOp, values: &[Expr]) -> Option<bool> {
        let absorbing = op == BoolOp::Or;
        let mut all_known = true;
        for value in values {
            match self.truth(value) {
                Some(truth) if truth == absorbing => {
                    // What stands before it still runs, and may have effects: only claim it when nothing does.
                    return all_known.then_some(absorbing);
                }
                Some(_) => {}
                None => all_known = false,
            }
        }
        all_known.then_some(!absorbing)
    }

    fn comparison(&self, left: &Expr, op: CmpOp, right: &Expr) -> Option<bool> {
        match (left, right) {
            (Expr::Name(name), Expr::StringLiteral(text)) if name.id.as_str() == "__name__" => {
                let equal = if self.imported && text.value.to_str() == "__main__" { Some(false) } else { None };
                match op {
                    CmpOp::Eq => equal,
                    CmpOp::NotEq => equal.map(|equal| !equal),
                    _ => None,
                }
            }
            (_, Expr::StringLiteral(text)) if self.is_sys(left, "platform") => {
                let platform = self.known_platform()?;
                match op {
                    CmpOp::Eq => Some(platform == text.value.to_str()),
                    CmpOp::NotEq => Some(platform != text.value.to_str()),
                    _ => None,
                }
            }
            _ if self.is_sys(left, "version_info") => {
                let (major, minor) = self.version?;
                order(&[u64::from(major), u64::from(minor)], op, &numbers(right)?)
            }
            (Expr::Subscript(subscript), _) if self.is_sys(&subscript.value, "version_info") => {
                let (major, minor) = self.version?;
                match (subscript.slice.as_ref(), right) {
                    (Expr::NumberLiteral(index), Expr::NumberLiteral(_)) => {
                        let value = match number(&index.value)? {
                            0 => major,
                            1 => minor,
                            _ => return None,
                        };
                        exact(u64::from(value), op, *numbers_of(right)?.first()?)
                    }
                    _ => None,
                }
            }
            (Expr::Attribute(field), Expr::NumberLiteral(literal)) if self.is_sys(&field.value, "version_info") => {
                let (major, minor) = self.version?;
                let value = match field.attr.as_str() {
                    "major" => major,
                    "minor" => minor,
                    _ => return None,
                };
                exact(u64::from(value), op, number(&literal.value)?)
            }
            _ => None,
        }
    }

    fn known_platform(&self) -> Option<&str> {
        (!self.platform.is_empty()).then_some(self.platform.as_str())
    }

    fn is_sys(&self, expr: &Expr, attribute: &str) -> bool {
        matches!(expr, Expr::Attribute(found)
            if found.attr.as_str() == attribute && is_name_in(&found.value, &self.sys))
    }
}

fn is_name_in(expr: &Expr, names: &BTreeSet<String>) -> bool {
    matches!(expr, Expr::Name(name) if names.contains(name.id.as_str()))
}

fn number(value: &Number) -> Option<u64> {
    match value {
        Number::Int(value) => value.as_u64(),
        _ => None,
    }
}

fn numbers_of(expr: &Expr) -> Option<Vec<u64>> {
    match expr {
        Expr::NumberLiteral(literal) => Some(vec![number(&literal.value)?]),
        _ => None,
    }
}

fn numbers(expr: &Expr) -> Option<Vec<u64>> {
    match expr {
        Expr::Tuple(tuple) => tuple
            .elts
            .iter()
            .map(|element| match element {
                Expr::NumberLiteral(literal) => number(&literal.value),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Compares `sys.version_info`, of which two fields are known and at least three exist, with a tuple.
fn order(version: &[u64; 2], op: CmpOp, bound: &[u64]) -> Option<bool> {
    let shared = bound.len().min(2);
    let (left, right) = (&version[..shared], &bound[..shared]);
    let ordering = left.cmp(right);
    if ordering == std::cmp::Ordering::Equal {
        // (3, 12, 1, …) is greater than (3, 12); against a longer bound it depends on the micro version.
        return match op {
            _ if bound.len() > 2 => None,
            CmpOp::Gt | CmpOp::GtE | CmpOp::NotEq => Some(true),
            CmpOp::Lt | CmpOp::LtE | CmpOp::Eq => Some(false),
            _ => None,
        };
    }
    match op {
        CmpOp::Gt | CmpOp::GtE => Some(ordering.is_gt()),
        CmpOp::Lt | CmpOp::LtE => Some(ordering.is_lt()),
        CmpOp::Eq => Some(false),
        CmpOp::NotEq => Some(true),
        _ => None,
    }
}

fn exact(left: u64, op: CmpOp, right: u64) -> Option<bool> {
    Some(match op {
        CmpOp::Eq => left == right,
        CmpOp::NotEq => left != right,
        CmpOp::Lt => left < right,
        CmpOp::LtE => left <= right,
        CmpOp::Gt => left > right,
        CmpOp::GtE => left >= right,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::with_tree;

    fn check(condition: &str, expected: Option<bool>) {
        let one = |name: &str| BTreeSet::from([name.to_owned()]);
        let settled = Settled {
            version: Some((3, 12)),
            platform: "linux".to_owned(),
            imported: true,
            never: one("TYPE_CHECKING"),
            typing: one("typing"),
            sys: one("sys"),
        };
        let got = with_tree(condition, |body| match body {
            [Stmt::Expr(stmt)] => settled.truth(&stmt.value),
            _ => panic!("one expression"),
        });
        assert_eq!(got, Ok(expected), "{condition}");
    }

    #[test]
    fn conditions_are_settled_or_left_alone() {
        check("TYPE_CHECKING", Some(false));
        check("not typing.TYPE_CHECKING", Some(true));
        check("__name__ == '__main__'", Some(false));
        check("__name__ == 'x'", None);
        check("sys.version_info >= (3, 12)", Some(true));
        check("sys.version_info > (3, 12)", Some(true));
        check("sys.version_info <= (3, 12)", Some(false));
        check("sys.version_info < (3,)", Some(false));
        check("sys.version_info >= (3, 12, 1)", None);
        check("sys.version_info >= (3, 11, 4)", Some(true));
        check("sys.version_info[0] == 3", Some(true));
        check("sys.version_info.minor < 9", Some(false));
        check("sys.platform == 'win32'", Some(false));
        check("sys.platform.startswith('lin')", Some(true));
        check("TYPE_CHECKING and f()", Some(false));
        check("f() and TYPE_CHECKING", None);
        check("TYPE_CHECKING or f()", None);
        check("x", None);
    }
}
