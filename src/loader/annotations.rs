//! Annotations of a module of which some stand in compound statements, from 3.14 on.
//!
//! The compiler makes one function of all annotations of a code object, and counts them: what has run is noted in a set
//! (`codegen_annassign`, Python/codegen.c). A module is compiled in parts, and each of them would begin with a function and a set
//! of its own. So the first part has all annotations, in a branch that never runs, and the others only note theirs.
//!
//! ```python
//! a: int = 1            # if 0: a: int; b: str      the part that is put in front
//! if debug:             # if 1: a = 1; __conditional_annotations__ |= {0}
//!     b: str            # if debug: if 1: __conditional_annotations__ |= {1}
//! ```
//!
//! Separate from [`super::compile`] because it changes trees, and nothing else does.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::capture::Captured;
use super::compile::{ONLY_AST, compile, copy_position, no_position};
use super::module_scope::{any_of_scope, inside};
use super::nodes::Nodes;

/// Takes the annotations out of a file's statements, if the compiler would count them; the statements that make them all.
///
/// # Errors
/// What handling trees raises: never in practice.
pub fn take_apart<'py>(captured: &Captured, body: &Bound<'py, PyList>) -> PyResult<Option<Bound<'py, PyList>>> {
    let py = body.py();
    let mut counted = false;
    for node in body.iter() {
        for child in inside(captured, &node)? {
            counted |= any_of_scope(captured, &child, is_counted)?;
        }
    }
    if !counted {
        return Ok(None);
    }
    let first = body.get_item(0)?;
    let mut taken = Taken { captured, all: PyList::empty(py), counted: 0 };
    taken.take(body)?;
    let never = branch(captured, 0, &taken.all)?;
    for node in [&never.getattr(intern!(py, "test"))?, &never] {
        // where the function that makes annotations seems to stand
        copy_position(&first, node)?;
    }
    Ok(Some(PyList::new(py, [never])?))
}

/// Whether a statement annotates a plain name.
fn is_counted(node: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(node.get_type().name()? == "AnnAssign" && node.getattr(intern!(node.py(), "simple"))?.is_truthy()?)
}

/// What has been taken out of statements.
struct Taken<'c, 'py> {
    captured: &'c Captured,
    all: Bound<'py, PyList>,
    /// How many of them the compiler counts.
    counted: usize,
}

impl<'py> Taken<'_, 'py> {
    fn take(&mut self, statements: &Bound<'py, PyList>) -> PyResult<()> {
        let py = statements.py();
        for (place, node) in statements.iter().enumerate() {
            if node.get_type().name()? == "AnnAssign" {
                let counted = is_counted(&node)?;
                statements.set_item(place, left_of(self.captured, &node, counted.then_some(self.counted))?)?;
                let [target, annotation] = ["target", "annotation"].map(|field| node.getattr(field));
                let annotated = Nodes::get(self.captured, py)?.annotated.bind(py);
                let alone = annotated.call1((target?, annotation?, py.None(), u8::from(counted)))?;
                copy_position(&node, &alone)?;
                self.all.append(alone)?;
                self.counted += usize::from(counted);
            }
            // in the order of the compiler
            for field in ["body", "orelse", "handlers", "finalbody", "cases"] {
                let within = node.getattr(field).ok().and_then(|found| found.cast_into::<PyList>().ok());
                if let Some(within) =
                    within.filter(|_| inside(self.captured, &node).is_ok_and(|found| !found.is_empty()))
                {
                    let (before, counted) = (self.all.len(), self.counted);
                    self.take(&within)?;
                    if field == "finalbody" {
                        // compiled a second time, for exceptions
                        self.all
                            .get_slice(before, self.all.len())
                            .iter()
                            .try_for_each(|again| self.all.append(again))?;
                        self.counted += self.counted - counted;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What is left of an annotated assignment: the assignment, or what is evaluated of its target, and the note that the
/// annotation with that number is there.
fn left_of<'py>(captured: &Captured, node: &Bound<'py, PyAny>, number: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
    let py = node.py();
    let left = PyList::empty(py);
    let nodes = Nodes::get(captured, py)?;
    let value = node.getattr(intern!(py, "value"))?;
    let target = node.getattr(intern!(py, "target"))?;
    if value.is_none() {
        for part in ["value", "slice"] {
            if let Ok(part) = target.getattr(part) {
                let bare = nodes.bare.bind(py).call1((part,))?;
                copy_position(node, &bare)?;
                left.append(bare)?;
            }
        }
    } else {
        let assign = nodes.assign.bind(py).call1((PyList::new(py, [target])?, value))?;
        copy_position(node, &assign)?;
        left.append(assign)?;
    }
    let Some(number) = number else {
        if left.is_empty() {
            let pass = nodes.pass.bind(py).call0()?;
            copy_position(node, &pass)?;
            left.append(pass)?;
        }
        return branch(captured, 1, &left);
    };
    let source = PyString::new(py, &format!("__conditional_annotations__ |= {{{number}}}")).into_any();
    let note = compile(captured, &source, &source, "annotations", ONLY_AST)?;
    let note = note.getattr(intern!(py, "body"))?.get_item(0)?;
    let numbers = note.getattr(intern!(py, "value"))?;
    for part in
        [&note.getattr(intern!(py, "target"))?, &numbers.getattr(intern!(py, "elts"))?.get_item(0)?, &numbers, &note]
    {
        copy_position(node, part)?;
    }
    left.append(note)?;
    branch(captured, 1, &left)
}

/// `if 0:` or `if 1:`, of which no code comes.
fn branch<'py>(captured: &Captured, test: u8, body: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
    let py = body.py();
    let nodes = Nodes::get(captured, py)?;
    let test = nodes.constant.bind(py).call1((test,))?;
    let made = nodes.branch.bind(py).call1((&test, body, PyList::empty(py)))?;
    no_position(&test)?;
    no_position(&made)?;
    Ok(made)
}
