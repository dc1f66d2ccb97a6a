//! Functions and classes compiled from text, and put where their statements' code makes them.
//!
//! A tree of Python objects costs as much as compiling it. So only heads become trees ([`crate::analysis::apart`]); the
//! bodies of all of them are compiled as one text, each at its place in the file, and what comes of a head's empty body is
//! replaced by what came of the real one.
//!
//! ```python
//! def f(x=1):     # the unit's code: LOAD_CONST <code f>; MAKE_FUNCTION; STORE_NAME f
//!     return x    # <code f>, of line 1, is taken from the code of the text that has all bodies
//! ```

use std::collections::HashMap;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::analysis::apart::Texts;
use crate::analysis::plan::Statement;
use crate::runtime::ffi;

/// Code objects of functions and classes, by first line (decorators included) and name.
#[derive(Default)]
pub struct Bodies<'py> {
    codes: HashMap<(u32, String), Bound<'py, PyAny>>,
}

/// What CPython reads for the bodies: them, and the imports that it has to know of ([`super::compile`]).
pub fn source<'py>(py: Python<'py>, texts: Texts, imported: &[String]) -> Bound<'py, PyAny> {
    let mut text = texts.bodies;
    if !imported.is_empty() {
        text.push_str("\nif 0: import ");
        text.push_str(&imported.join(", "));
    }
    PyString::new(py, &text).into_any()
}

/// Gives heads the ends of their statements, as if they had their bodies.
///
/// # Errors
/// What setting attributes of nodes raises: never in practice.
pub fn lengthen(source: &str, body: &Bound<'_, PyList>, statements: &[Statement]) -> PyResult<()> {
    let py = body.py();
    for (node, statement) in body.iter().zip(statements).filter(|(_, statement)| statement.body.is_some()) {
        let text = &source[..statement.end as usize];
        let column = text.len() - text.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        node.setattr(intern!(py, "end_lineno"), statement.last_line)?;
        node.setattr(intern!(py, "end_col_offset"), column)?;
    }
    Ok(())
}

impl<'py> Bodies<'py> {
    /// Those in the code of their text, if they are where the plan has them; otherwise what differs.
    ///
    /// # Errors
    /// What reading a code object's attributes raises: never in practice.
    pub fn of(code: &Bound<'py, PyAny>, statements: &[Statement]) -> PyResult<Result<Self, String>> {
        let py = code.py();
        if let Some(line) = misplaced(code, statements)? {
            return Ok(Err(format!("CPython sees another statement at line {line} than the analysis")));
        }
        let mut codes = HashMap::new();
        for constant in code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()? {
            if !ffi::is_code(&constant) {
                continue;
            }
            let key = key(&constant)?;
            // from 3.14 on annotations of a head are a function of that name, which the head's own code has, too
            if key.1 != "__annotate__" {
                codes.insert(key, constant);
            }
        }
        Ok(Ok(Self { codes }))
    }

    /// The code of a unit, with `count` real bodies for those that heads were given; nothing when they aren't there.
    ///
    /// # Errors
    /// What `code.replace` raises.
    pub fn put_into(&self, code: Bound<'py, PyAny>, count: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if count == 0 {
            return Ok(Some(code));
        }
        let py = code.py();
        let constants = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
        let mut put = 0;
        let mut all = Vec::with_capacity(constants.len());
        for constant in constants {
            let body = if ffi::is_code(&constant) { self.codes.get(&key(&constant)?) } else { None };
            put += usize::from(body.is_some());
            all.push(body.cloned().unwrap_or(constant));
        }
        if put != count {
            return Ok(None);
        }
        let changes = PyDict::new(py);
        changes.set_item(intern!(py, "co_consts"), PyTuple::new(py, all)?)?;
        code.call_method(intern!(py, "replace"), (), Some(&changes)).map(Some)
    }
}

fn key(code: &Bound<'_, PyAny>) -> PyResult<(u32, String)> {
    let py = code.py();
    Ok((code.getattr(intern!(py, "co_firstlineno"))?.extract()?, code.getattr(intern!(py, "co_name"))?.extract()?))
}

/// The first line at which the code of all bodies is of another statement than the plan says.
fn misplaced(code: &Bound<'_, PyAny>, statements: &[Statement]) -> PyResult<Option<u32>> {
    type Position = (Option<u32>, Option<u32>, Option<u32>, Option<u32>);
    let mut rest = statements.iter().filter(|statement| statement.body.is_some()).peekable();
    // where one was seen that reaches to the statement's end, as that which binds the name does
    let mut current: Option<&Statement> = None;
    let mut ended = true;
    for position in code.call_method0(intern!(code.py(), "co_positions"))?.try_iter()? {
        // what begins a module's code has no line, or that before the first
        let (Some(line @ 1..), Some(end), ..) = position?.extract::<Position>()? else { continue };
        while let Some(next) = rest.next_if(|next| line >= next.first_line) {
            if !ended {
                return Ok(current.map(|statement| statement.last_line));
            }
            (current, ended) = (Some(next), false);
        }
        let Some(statement) = current else { return Ok(Some(line)) };
        if end <= statement.last_line {
            ended |= end == statement.last_line;
        } else if line <= statement.last_line || rest.peek().is_some() {
            return Ok(Some(line));
        }
    }
    Ok(match rest.next() {
        Some(statement) => Some(statement.first_line),
        None => current.filter(|_| !ended).map(|statement| statement.last_line),
    })
}
