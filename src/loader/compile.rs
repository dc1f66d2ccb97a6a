//! Source and plan → image: every unit compiled by the running interpreter.
//!
//! The whole file is parsed once (`compile(..., PyCF_ONLY_AST)`), then each unit is compiled as a `Module` that holds just
//! the unit's statements. Positions, grammar and future flags are therefore the interpreter's own. Bodies of functions and
//! classes, most of what there is, don't go through trees: [`super::bodies`]. What needs no plan is done before there is one:
//! [`super::outline`].
//!
//! Five transformations, and no others:
//! - `x: T = v` becomes `x = v` or `x: T` where the plan takes the two apart;
//! - names bound by imports at module level are announced to the symbol table of a unit that calls methods, by
//!   `if 0: import …`, because the compiler chooses other instructions for them (`is_import_originated`, Python/codegen.c);
//! - statements that the plan drops are left out;
//! - names that are used as globals and as attributes are taken apart ([`super::separate`]);
//! - annotations that the compiler counts are made in one place ([`super::annotations`]).

use std::cell::OnceCell;
use std::collections::HashMap;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::annotations;
use super::capture::Captured;
use super::mentioned;
use super::module_scope::annotates;
use super::nodes::Nodes;
use super::outline::{FUTURE_ANNOTATIONS, Outline};
use super::separate::separated;
use crate::analysis::plan::{Declaration, Part, Piece, Plan, Statement, Step};
use crate::image::{self, Bytes, Code, Image};

/// `PyCF_ONLY_AST`, Include/cpython/compile.h.
pub const ONLY_AST: u32 = 0x0400;

/// A file being compiled in parts.
struct Parts<'a, 'py> {
    captured: &'a Captured,
    path: &'a Bound<'py, PyAny>,
    module: &'a str,
    outline: Outline<'py>,
    /// The plan's statements.
    statements: &'a [Statement],
    /// Names that units bind, and their positions.
    bound: HashMap<&'a str, u32>,
    /// The statement that announces them, made when it is first needed; no code comes of it, so its position doesn't matter.
    announcement: OnceCell<Bound<'py, PyAny>>,
}

/// Compiles a plan of a file that the interpreter has read.
///
/// # Errors
/// What `compile` raises: the caller lets plain Python raise its own.
pub fn compile_plan<'py>(
    py: Python<'py>,
    captured: &Captured,
    outline: Outline<'py>,
    path: &Bound<'py, PyAny>,
    module: &str,
    plan: &Plan,
) -> PyResult<Image> {
    let bound = (0..).zip(&plan.names).filter(|(_, name)| name.unit.is_some());
    let bound = bound.map(|(position, name)| (name.text.as_str(), position)).collect();
    let late = captured.version >= (3, 14) && outline.flags & FUTURE_ANNOTATIONS == 0;
    let counted =
        if outline.scope.annotated && late { annotations::take_apart(captured, &outline.body)? } else { None };
    let parts =
        Parts { statements: &plan.statements, outline, bound, captured, path, module, announcement: OnceCell::new() };
    let mut prelude = Vec::with_capacity(plan.prelude.len());
    // a module with an annotation anywhere, also where it never runs, begins with an empty `__annotations__`; from 3.14 on
    // only under `from __future__ import annotations`, and then with `__conditional_annotations__` before it
    let pending = plan.names.iter().any(|name| name.text == "__annotations__" && name.unit.is_some());
    let future = parts.outline.flags & FUTURE_ANNOTATIONS;
    let begins = if captured.version < (3, 14) { !pending } else { future != 0 };
    if parts.outline.scope.annotated && begins {
        let source = PyString::new(py, "if 0: _: 0").into_any();
        prelude.push(image::Step::Run(parts.marshalled(compile(captured, &source, path, module, future)?)?));
    }
    if let Some(all) = counted {
        prelude.push(image::Step::Run(parts.compiled(&all, 0)?));
    }
    for step in &plan.prelude {
        prelude.push(match step {
            Step::Announce(first, end) => image::Step::Announce(first.0, end.0),
            Step::Run(pieces) => image::Step::Run(parts.code(py, pieces)?),
            Step::CompleteModules => image::Step::CompleteModules,
            Step::CompleteNamespace => image::Step::CompleteNamespace,
        });
    }
    let mut units = Vec::with_capacity(plan.units.len());
    for (position, unit) in plan.units.iter().enumerate() {
        units.push(image::Unit {
            lines: plan.lines(position.into()).into(),
            dependencies: unit.dependencies.iter().map(|dependency| dependency.0).collect(),
            free_reads: unit.free_reads.iter().map(Into::into).collect(),
            guarded_imports: unit.guarded_imports,
            checked_imports: unit.checked_imports,
            only_imports: unit.only_imports,
            may_import: unit.may_import,
            may_fail: unit.may_fail,
            code: parts.code(py, &unit.pieces)?,
        });
    }
    let invalid = match &plan.declaration {
        Declaration::Invalid { line, reason } => Some((*line, reason.clone())),
        _ => None,
    };
    Ok(Image {
        flagged: false,
        declared: matches!(plan.declaration, Declaration::Nothing | Declaration::Hook { .. }),
        hook: matches!(plan.declaration, Declaration::Hook { .. }),
        invalid,
        unsplittable: None,
        names: plan
            .names
            .iter()
            .map(|name| image::Name {
                text: name.text.as_str().into(),
                unit: name.unit.map(|unit| unit.0),
                definite: name.definite,
                submodule: name.submodule,
                only_submodule: name.only_submodule,
            })
            .collect(),
        units,
        prelude,
        namespace_readers: plan.namespace_readers,
        guarded_targets: plan.guarded_targets.clone(),
        checked_targets: plan.checked_targets.clone(),
    })
}

/// `compile(source, path, "exec", flags, dont_inherit=True)`; from 3.15 on with the module's name, for warning filters.
///
/// # Errors
/// What `compile` raises.
pub fn compile<'py>(
    captured: &Captured,
    source: &Bound<'py, PyAny>,
    path: &Bound<'py, PyAny>,
    module: &str,
    flags: u32,
) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    let arguments = PyDict::new(py);
    arguments.set_item(intern!(py, "flags"), flags)?;
    arguments.set_item(intern!(py, "dont_inherit"), true)?;
    if flags & ONLY_AST != 0 {
        // under -OO the tree would lack docstrings from 3.14 on; they go when the units are compiled
        arguments.set_item(intern!(py, "optimize"), 0)?;
    }
    if captured.version >= (3, 15) {
        arguments.set_item(intern!(py, "module"), module)?;
    }
    captured.compile.bind(py).call((source, path, intern!(py, "exec")), Some(&arguments))
}

impl<'py> Parts<'_, 'py> {
    /// The code of some pieces.
    fn code(&self, py: Python<'py>, pieces: &[Piece]) -> PyResult<Code> {
        let body = PyList::empty(py);
        // from 3.14 on the function that makes annotations has the line of the file's first statement
        let mut annotations = false;
        let (mut bodies, mut needs_imports) = (0, false);
        // what is imported together is imported as it stands
        let of_one = |one: &Piece, next: &Piece| {
            one.statement == next.statement && matches!((one.part, next.part), (Part::Alias(_), Part::Alias(_)))
        };
        for run in pieces.chunk_by(of_one) {
            let piece = run[0];
            let statement = self.statements[piece.statement.index()];
            bodies += usize::from(statement.body.is_some());
            needs_imports |= statement.needs_imports;
            let node = self.outline.body.get_item(piece.statement.index())?;
            annotations |= self.outline.scope.annotated
                && self.captured.version >= (3, 14)
                && piece.part != Part::Value
                && annotates(self.captured, &node)?;
            body.append(self.part(&node, run)?)?;
        }
        if annotations || (needs_imports && !self.outline.scope.imported.is_empty()) {
            self.announce_imports(&body, annotations)?;
        }
        self.compiled(&body, bodies)
    }

    /// The code of some statements, of which so many are heads.
    fn compiled(&self, body: &Bound<'py, PyList>, bodies: usize) -> PyResult<Code> {
        let py = body.py();
        let module = Nodes::get(self.captured, py)?.module.bind(py).call1((body, PyList::empty(py)))?;
        let code = compile(self.captured, &module, self.path, self.module, self.outline.flags)?;
        let missing = || PyRuntimeError::new_err("a function or class is not where it was");
        self.marshalled(self.outline.bodies.put_into(code, bodies)?.ok_or_else(missing)?)
    }

    fn marshalled(&self, code: Bound<'py, PyAny>) -> PyResult<Code> {
        let mut mentions = Bytes::new();
        let mut code = code;
        // from 3.15 on no name is hooked in code objects
        if self.captured.version < (3, 15) {
            code = separated(code, &|name| self.bound.contains_key(name))?;
            mentions = mentioned::in_code(&code, &|name| self.bound.get(name).copied())?;
        }
        let bytes = self.captured.dumps.bind(code.py()).call1((code,))?;
        Ok(Code { marshalled: bytes.cast::<PyBytes>()?.as_bytes().to_vec().into(), mentions })
    }

    /// A part of a statement, or several names that it imports, as a node with the statement's positions.
    fn part(&self, node: &Bound<'py, PyAny>, pieces: &[Piece]) -> PyResult<Bound<'py, PyAny>> {
        let py = node.py();
        let nodes = Nodes::get(self.captured, py)?;
        let made = match pieces[0].part {
            Part::Whole => return Ok(node.clone()),
            Part::Alias(_) => import_of(node, pieces)?,
            Part::Value => {
                let target = node.getattr(intern!(py, "target"))?;
                nodes.assign.bind(py).call1((PyList::new(py, [target])?, node.getattr(intern!(py, "value"))?))?
            }
            Part::Annotation => {
                let [target, annotation, simple] =
                    [intern!(py, "target"), intern!(py, "annotation"), intern!(py, "simple")]
                        .map(|name| node.getattr(name));
                nodes.annotated.bind(py).call1((target?, annotation?, py.None(), simple?))?
            }
        };
        copy_position(node, &made)?;
        Ok(made)
    }

    /// `import …`, of all that is imported.
    fn imports(&self, neighbour: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = neighbour.py();
        let nodes = Nodes::get(self.captured, py)?;
        let aliases = PyList::empty(py);
        for name in &self.outline.scope.imported {
            let alias = nodes.alias.bind(py).call1((name, py.None()))?;
            copy_position(neighbour, &alias)?;
            aliases.append(alias)?;
        }
        let import = if self.outline.scope.imported.is_empty() {
            nodes.pass.bind(py).call0()?
        } else {
            nodes.import.bind(py).call1((aliases,))?
        };
        copy_position(neighbour, &import)?;
        Ok(import)
    }

    /// Puts `if 0: import …` in front, behind what has to stand first.
    fn announce_imports(&self, body: &Bound<'py, PyList>, at_first_line: bool) -> PyResult<()> {
        let py = body.py();
        let nodes = Nodes::get(self.captured, py)?;
        let mut position = 0;
        for node in body.iter() {
            let kind = node.get_type().name()?;
            let future = kind == "ImportFrom"
                && node.getattr(intern!(py, "module"))?.extract::<Option<String>>()?.as_deref() == Some("__future__");
            let docstring = position == 0 && kind == "Expr" && is_string(&node.getattr(intern!(py, "value"))?)?;
            if !(future || docstring) {
                break;
            }
            position += 1;
        }
        let Ok(neighbour) = (if at_first_line { self.outline.body.get_item(0) } else { body.get_item(position) })
        else {
            return Ok(());
        };
        let announcement = match self.announcement.get() {
            Some(made) => made.clone(),
            None => {
                let made = self.imports(&neighbour)?;
                self.announcement.get_or_init(|| made).clone()
            }
        };
        let zero = nodes.constant.bind(py).call1((0,))?;
        let never = nodes.branch.bind(py).call1((&zero, PyList::new(py, [&announcement])?, PyList::empty(py)))?;
        for node in [&zero, &never] {
            if at_first_line {
                copy_position(&neighbour, node)?;
            } else {
                no_position(node)?;
            }
        }
        body.insert(position, never)
    }
}

/// The import statement `node`, of some of the names that it imports.
fn import_of<'py>(node: &Bound<'py, PyAny>, pieces: &[Piece]) -> PyResult<Bound<'py, PyAny>> {
    let py = node.py();
    let all = node.getattr(intern!(py, "names"))?;
    let aliases = PyList::empty(py);
    for piece in pieces {
        if let Part::Alias(number) = piece.part {
            aliases.append(all.get_item(number)?)?;
        }
    }
    let fields = PyDict::new(py);
    for field in node.getattr(intern!(py, "_fields"))?.try_iter()? {
        let field = field?;
        fields.set_item(&field, node.getattr(field.cast::<PyString>()?)?)?;
    }
    fields.set_item(intern!(py, "names"), aliases)?;
    node.get_type().call((), Some(&fields))
}

fn is_string(node: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(node.get_type().name()? == "Constant" && node.getattr(intern!(node.py(), "value"))?.is_instance_of::<PyString>())
}

/// `NO_LOCATION`, Include/internal/pycore_symtable.h: tracers don't see the instruction that is left of a statement.
///
/// # Errors
/// As [`copy_position`].
pub fn no_position(node: &Bound<'_, PyAny>) -> PyResult<()> {
    ["lineno", "col_offset", "end_lineno", "end_col_offset"].iter().try_for_each(|field| node.setattr(*field, -1))
}

/// Puts a node where another one stands.
///
/// # Errors
/// What setting attributes of nodes raises: never in practice.
pub fn copy_position(from: &Bound<'_, PyAny>, to: &Bound<'_, PyAny>) -> PyResult<()> {
    for field in ["lineno", "col_offset", "end_lineno", "end_col_offset"] {
        to.setattr(field, from.getattr(field)?)?;
    }
    Ok(())
}
