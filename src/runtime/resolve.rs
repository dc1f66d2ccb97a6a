//! Resolving: running units because a name of theirs was touched.
//!
//! Terms: the *wanted* name is the one that was touched; its *closure* is its unit and all that the unit needs.
//!
//! ```python
//! b = f()        # unit 0
//! d = b or c     # unit 1, needs 0
//! m.d            # wanted: d; closure: 0, 1; one note on an error of either says that `d` was wanted
//! ```
//!
//! The closure runs dependencies first, each unit once, each in source order. A unit that fails is pending again and what
//! it bound is gone; its exception leaves with a note. `AttributeError`, `KeyError` and `NameError` are wrapped, because
//! `hasattr`, `getattr` with a default, `in` and name lookup would take them for "no such name".
//!
//! Separate from [`super::module`] because resolving knows units and nothing about modules as objects.

use pyo3::exceptions::{PyAttributeError, PyException, PyKeyError, PyNameError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::context::Imports;
use super::names::{Backend, in_code, native_lazy};
use super::state::ModuleState;
use super::sync::{self, Claim, Status, current_thread};
use super::timing::{self, What};
use super::{audit, complete, context, events, ffi, forwards, interpreter, module, sweep};
use crate::error::DeferredExecutionError;

/// What a touch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The unit has run: the dict says whether the name exists.
    Ready,
    /// This thread is in the middle of running it: the name is there if it has been bound by now.
    Partial,
    /// Another thread is, and waits for this one, as the words say: the same.
    Deadlock(String),
}

/// Runs a unit and all it needs, because `wanted` (a position in the image's names) was touched.
///
/// # Errors
/// What a unit raises, with a note.
pub fn resolve_unit(state: &Bound<'_, ModuleState>, unit: u32, wanted: u32) -> PyResult<Touched> {
    let this = state.get();
    let _entered = context::enter(this.name.clone(), Some(this.text(wanted).into()));
    let _span = timing::touch(&this.name, this.text(wanted));
    for member in this.closure(unit) {
        match run_unit(state, member)? {
            Ok(touched) => {
                if member == unit {
                    return Ok(touched);
                }
            }
            Err(error) => return Err(explained(state, member, wanted, error)),
        }
    }
    Ok(Touched::Ready)
}

/// The same for a name that may be a forward, or have no unit.
///
/// # Errors
/// What a unit raises, with a note.
pub fn resolve_name(state: &Bound<'_, ModuleState>, name: u32) -> PyResult<Touched> {
    match state.get().unit_of(name) {
        Some(unit) => resolve_unit(state, unit, name),
        None if state.get().is_forward(name) => forwards::resolve(state, name),
        None => Ok(Touched::Ready),
    }
}

/// Runs a unit and all it needs, although nobody has touched a name.
///
/// # Errors
/// What a unit raises, as it is.
pub fn run_with_needs(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    state.get().closure(unit).into_iter().try_for_each(|member| run_unit(state, member)?.map(drop))
}

/// Runs the units that may raise an `ImportError`, in source order.
///
/// # Errors
/// What a unit raises, as it is.
pub fn run_what_may_fail(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    let may_fail = (0u32..).zip(&state.get().image.units).filter(|(_, unit)| unit.may_fail);
    may_fail.map(|(unit, _)| unit).try_for_each(|unit| run_with_needs(state, unit))
}

/// Claims and runs one unit whose needs have been seen to. The outer error is a signal's, the inner one the unit's.
fn run_unit(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<Result<Touched, PyErr>> {
    attempt(state, unit, true)
}

/// The same; an import that doesn't find its module is tried a second time.
fn attempt(state: &Bound<'_, ModuleState>, unit: u32, first: bool) -> PyResult<Result<Touched, PyErr>> {
    let py = state.py();
    let this = state.get();
    let me = current_thread(py)?;
    match sync::claim(py, &this.claims, unit, me, &|| called(this, unit))? {
        Claim::Done => return Ok(Ok(Touched::Ready)),
        Claim::Own => {
            context::note_circle();
            repeat_imports(state, unit)?;
            return Ok(Ok(Touched::Partial));
        }
        Claim::Deadlock(circle) => {
            context::note_circle();
            return Ok(Ok(Touched::Deadlock(circle)));
        }
        Claim::Claimed => {}
    }
    let mut claimed = Claimed { state, unit, ended: false };
    module::unit_begins(state);
    let result = execute(state, unit);
    match result {
        Ok(()) => {
            claimed.end(Status::Done);
            if let Some(record) = &this.record {
                sync::lock(record).push(unit);
            }
            events::unit_run(&this.name);
            forwards::pass_on(state, unit)?;
            sweep::sweep_later(state);
            Ok(Ok(Touched::Ready))
        }
        Err(error) => {
            let again =
                first && this.image.units[unit as usize].only_imports && complete::before_giving_up(py, &error)?;
            let rolled_back = claimed.roll_back();
            rolled_back?;
            if again { attempt(state, unit, false) } else { Ok(Err(error)) }
        }
    }
}

/// A unit that this thread runs. Whatever happens, it does not stay claimed: a panic leaves it pending.
struct Claimed<'a, 'py> {
    state: &'a Bound<'py, ModuleState>,
    unit: u32,
    ended: bool,
}

impl Claimed<'_, '_> {
    fn end(&mut self, status: Status) {
        self.ended = true;
        sync::release(&self.state.get().claims, self.unit, status);
        module::unit_ended(self.state);
    }

    /// What the unit has bound goes, and it is pending again.
    fn roll_back(&mut self) -> PyResult<()> {
        let this = self.state.get();
        let bound = loaded_submodules(this, &this.dict(self.state.py()), self.unit).unwrap_or_default();
        sync::lock(&this.unbound).extend(bound);
        let rolled_back = this.backend().hooks().roll_back(self.state, self.unit);
        self.end(Status::Pending);
        rolled_back
    }
}

impl Drop for Claimed<'_, '_> {
    fn drop(&mut self) {
        if !self.ended
            && let Err(error) = self.roll_back()
        {
            error.write_unraisable(self.state.py(), None);
        }
    }
}

/// A unit in words: the first of its names, or its lines.
fn called(state: &ModuleState, unit: u32) -> String {
    match state.unit_names[unit as usize].first() {
        Some(name) => format!("`{}.{}`", state.name, state.text(*name)),
        None => format!("{} of {}", lines(&state.image.units[unit as usize].lines), state.name),
    }
}

/// Runs a unit of imports again that this thread is in the middle of, because something needs the names that it binds.
///
/// In a circle of imports the order decides who finds a name: the one that has been bound by then. Deferred imports come in
/// another order than eager ones, so that a circle may be entered where the importing statement is needed to complete what
/// it imports. Importing twice is harmless, and the module looked into may have the name by now. When it has not, nothing is
/// lost: what needs the name fails with the words of Python.
fn repeat_imports(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let entry = &this.image.units[unit as usize];
    if !entry.only_imports || !sync::lock(&this.repeating).insert(unit) {
        return Ok(());
    }
    let result = unmarshalled(py, &entry.code.marshalled).and_then(|code| ffi::exit::run_code(&code, &this.dict(py)));
    sync::lock(&this.repeating).remove(&unit);
    result.or_else(|error| if error.is_instance_of::<PyException>(py) { Ok(()) } else { Err(error) })
}

/// Runs a claimed unit's code between the back end's two ends.
fn execute(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    let entry = &this.image.units[unit as usize];
    announce(state, unit)?;
    let code = unmarshalled(py, &entry.code.marshalled)?;
    in_code::attach(state, &code, &entry.code.mentions, Some(unit))?;
    let lazy = this.backend() == Backend::Lazy;
    let stored = if lazy { native_lazy::stored_over(state, unit)? } else { Vec::new() };
    this.backend().hooks().begin(state, unit)?;
    if !sync::lock(&this.unbound).is_empty() {
        bind_again(this, py, unit)?;
    }
    {
        let _guard = entry.guarded_imports.then(|| Imports::Eager.begin());
        let _check = entry.checked_imports.then(|| Imports::Checked.begin());
        ffi::exit::run_code(&code, &this.dict(py))?;
    }
    this.backend().hooks().settle(state, unit)?;
    for &name in &this.unit_names[unit as usize] {
        if !this.image.names[name as usize].definite && !this.dict(py).contains(this.key(py, name))? {
            sync::lock(&this.unborn).insert(name);
        }
    }
    native_lazy::restore_stored(state, stored)?;
    Ok(())
}

/// Binds submodules that had been loaded before, by the unit when it failed or by somebody else: importing them again would
/// not.
fn bind_again(state: &ModuleState, py: Python<'_>, unit: u32) -> PyResult<()> {
    for &name in &state.unit_names[unit as usize] {
        if sync::lock(&state.unbound).remove(&name)
            && let Some(module) = loaded(state, py, name)?
        {
            state.dict(py).set_item(state.text(name), module)?;
        }
    }
    Ok(())
}

/// The names of a unit that stand for submodules of the package, which are loaded and bound.
fn loaded_submodules(state: &ModuleState, dict: &Bound<'_, PyDict>, unit: u32) -> PyResult<Vec<u32>> {
    let mut found = Vec::new();
    for &name in &state.unit_names[unit as usize] {
        if state.image.names[name as usize].submodule
            && let Some(value) = dict.get_item(state.text(name))?
            && loaded(state, dict.py(), name)?.is_some_and(|module| module.is(&value))
        {
            found.push(name);
        }
    }
    Ok(found)
}

/// The submodule of that name, if it is loaded.
fn loaded<'py>(state: &ModuleState, py: Python<'py>, name: u32) -> PyResult<Option<Bound<'py, PyAny>>> {
    let module = format!("{}.{}", state.name, state.text(name));
    let found = interpreter::modules(py)?.call_method1(intern!(py, "get"), (module,))?;
    Ok((!found.is_none()).then_some(found))
}

/// Tells audit hooks that a unit is about to run: its module, its names, its lines.
fn announce(state: &Bound<'_, ModuleState>, unit: u32) -> PyResult<()> {
    let py = state.py();
    let this = state.get();
    audit::raise(py, c"atimport.execute", || {
        let names = this.unit_names[unit as usize].iter().map(|name| this.text(*name));
        let names = PyTuple::new(py, names.collect::<Vec<_>>())?;
        Ok((&*this.name, names, ranges(&this.image.units[unit as usize].lines)))
    })
}

/// The object that marshalled bytes of an image stand for. No audit hook is told: it hears of the unit (`atimport.execute`).
///
/// # Errors
/// As [`ffi::unmarshalled`].
pub fn unmarshalled<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let _span = timing::span_here(What::Unmarshal, bytes.len());
    ffi::unmarshalled(py, bytes)
}

/// The same, of an object that gives `length` bytes, by `marshal.loads`.
///
/// # Errors
/// What `marshal.loads` raises, and what an audit hook does.
pub fn unmarshalled_part<'py>(bytes: &Bound<'py, PyAny>, length: usize) -> PyResult<Bound<'py, PyAny>> {
    let _span = timing::span_here(What::Unmarshal, length);
    interpreter::loads(bytes.py())?.call1((bytes,))
}

/// Runs a unit because of a name of it, or one that binds none.
///
/// # Errors
/// What it raises.
pub fn run(state: &Bound<'_, ModuleState>, unit: u32, wanted: Option<u32>) -> PyResult<Touched> {
    match wanted {
        Some(name) => resolve_unit(state, unit, name),
        None => run_unit(state, unit).flatten(),
    }
}

/// Runs every unit of a module that has not run, in source order. One that fails because it needs what this thread is in the
/// middle of stays pending, as a circular import leaves a module partial: who asked for everything didn't ask for it.
///
/// # Errors
/// The first other error; the units after it stay pending.
pub fn resolve_all(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    resolve_each(state, &|circular| circular)
}

/// The same, and what raises stays pending: nobody has asked for it.
///
/// # Errors
/// What is no `Exception` (`KeyboardInterrupt`, `SystemExit`).
pub fn resolve_what_works(state: &Bound<'_, ModuleState>) -> PyResult<()> {
    resolve_each(state, &|_| true)
}

/// Runs everything; what raises an `Exception` may be `left`, which is asked whether it came of a circle.
fn resolve_each(state: &Bound<'_, ModuleState>, left: &dyn Fn(bool) -> bool) -> PyResult<()> {
    let this = state.get();
    let attempt = |result: &dyn Fn() -> PyResult<Touched>| {
        let circles = context::circles();
        let is_left =
            |error: &PyErr| error.is_instance_of::<PyException>(state.py()) && left(context::circles() != circles);
        result().map(drop).or_else(|error| if is_left(&error) { Ok(()) } else { Err(error) })
    };
    for unit in this.claims.unfinished() {
        attempt(&|| run(state, unit, this.unit_names[unit as usize].first().copied()))?;
    }
    for place in this.forwards.pending() {
        attempt(&|| forwards::resolve(state, this.position_of(place)))?;
    }
    Ok(())
}

/// Adds to an error which name, module and lines it comes from and who touched the name; wraps what would be swallowed.
fn explained(state: &Bound<'_, ModuleState>, unit: u32, wanted: u32, error: PyErr) -> PyErr {
    let py = state.py();
    let this = state.get();
    let lines = lines(&this.image.units[unit as usize].lines);
    let name = this.text(wanted);
    let toucher = toucher(py).unwrap_or_else(|| "native code".to_owned());
    let place = format!("{lines} of {} ({}), deferred until `{name}` was touched from {toucher}", this.name, this.path);
    let swallowed = error.is_instance_of::<PyAttributeError>(py)
        || error.is_instance_of::<PyKeyError>(py)
        || error.is_instance_of::<PyNameError>(py);
    if swallowed {
        let value = error.value(py);
        let kind = value.get_type().name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
        let text = value.str().map_or_else(|_| "<text that can't be had>".to_owned(), |text| text.to_string());
        let wrapped = DeferredExecutionError::new_err(format!("{kind}: {text}; while executing {place}"));
        let object = wrapped.value(py);
        // failing to decorate must not hide the error itself
        let _ = object.setattr(intern!(py, "name"), &*this.name);
        let _ = object.setattr(intern!(py, "path"), &this.path);
        wrapped.set_cause(py, Some(error));
        return wrapped;
    }
    let _ = error.value(py).call_method1(intern!(py, "add_note"), (format!("while executing {place}"),));
    error
}

/// "1, 3-5".
fn ranges(ranges: &[(u32, u32)]) -> String {
    let one = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// "line 3" or "lines 1, 3-5".
fn lines(ranges: &[(u32, u32)]) -> String {
    let text = self::ranges(ranges);
    let one = ranges.len() == 1 && ranges[0].0 == ranges[0].1;
    format!("{} {text}", if one { "line" } else { "lines" })
}

/// File and line of the Python frame that is running: the one whose lookup led here, because no frame of ours is between.
fn toucher(py: Python<'_>) -> Option<String> {
    let frame = interpreter::frame(py).ok()?;
    let file: String =
        frame.getattr(intern!(py, "f_code")).ok()?.getattr(intern!(py, "co_filename")).ok()?.extract().ok()?;
    let line: u32 = frame.getattr(intern!(py, "f_lineno")).ok()?.extract().ok()?;
    Some(format!("{file}:{line}"))
}
