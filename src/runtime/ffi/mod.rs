//! The fence: every `unsafe` block of the crate, behind functions that are safe to call.
//!
//! What stands here has no safe counterpart in PyO3: heap types ([`key`] and [`code_name`], subclasses of `str` with two extra
//! words), what `ModuleType` is taught ([`module_type`]), the [`descriptors`] of built-in types, the frame that is running, running code from which a thread may not come back ([`exit`]), and the interpreter's queue of pending
//! calls. No policy: each slot converts its arguments and calls one function of the layer.
//!
//! Why a folder of its own: the tidy test holds that `unsafe` occurs nowhere else.

pub mod code_name;
pub mod descriptors;
pub mod exit;
pub mod huge_pages;
pub mod key;
pub mod lazy_object;
pub mod module_type;
pub mod thread_number;
pub mod unfilled;

use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::{PyImportError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::bytecode::{self, Look};
use super::{interpreter, sweep};
use exit::staying;

/// Runs `body` with the interpreter attached, turning an error or a panic into a raised exception and `failure`.
fn slot<T>(failure: T, body: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    // SAFETY: CPython calls type slots and pending calls on an attached thread; the token does not outlive the call.
    let py = unsafe { Python::assume_attached() };
    match catch_unwind(AssertUnwindSafe(|| staying(|| body(py)))) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            error.restore(py);
            failure
        }
        Err(_) => {
            PyRuntimeError::new_err("atimport: internal error (a panic in a type slot); please report it").restore(py);
            failure
        }
    }
}

/// Borrows an argument of a slot.
///
/// # Safety
/// `object` must be a valid, non-null object that outlives the returned reference's use, as slot arguments do.
unsafe fn argument<'py>(py: Python<'py>, object: *mut ffi::PyObject) -> Bound<'py, PyAny> {
    // SAFETY: promised by the caller; a new reference is taken.
    unsafe { Bound::from_borrowed_ptr(py, object) }
}

/// Makes a heap type and keeps it for the rest of the process.
fn make_type(
    py: Python<'_>,
    place: &AtomicPtr<ffi::PyObject>,
    name: *const c_char,
    base: *mut ffi::PyTypeObject,
    basicsize: isize,
    flags: c_ulong,
    mut slots: Vec<ffi::PyType_Slot>,
) -> PyResult<()> {
    slots.push(ffi::PyType_Slot { slot: 0, pfunc: ptr::null_mut() });
    // SAFETY: the slot list ends with a zero entry; `PyType_FromSpecWithBases` copies spec and slots and borrows `bases`;
    // the tables it keeps pointers into are leaked; `name` is a static C string. Not guaranteed here: that the slots fit
    // the base, which the tests of each type hold.
    unsafe {
        let mut spec = ffi::PyType_Spec {
            name,
            basicsize: c_int::try_from(basicsize).unwrap_or(0),
            itemsize: 0,
            flags: flags as std::ffi::c_uint,
            slots: slots.as_mut_ptr(),
        };
        let bases = ffi::PyTuple_Pack(1, base.cast::<ffi::PyObject>());
        if bases.is_null() {
            return Err(PyErr::fetch(py));
        }
        let made = ffi::PyType_FromSpecWithBases(&raw mut spec, bases);
        ffi::Py_DECREF(bases);
        if made.is_null() {
            return Err(PyErr::fetch(py));
        }
        place.store(made, Ordering::Release);
    }
    Ok(())
}

fn type_at<'py>(py: Python<'py>, place: &AtomicPtr<ffi::PyObject>) -> Bound<'py, PyType> {
    let pointer = place.load(Ordering::Acquire);
    assert!(!pointer.is_null(), "make_types runs when the extension module is initialised");
    // SAFETY: stored by `make_type`, never released, and a type object.
    unsafe { Bound::from_borrowed_ptr(py, pointer).cast_into_unchecked() }
}

/// Makes the heap types; called once, from the module's initialisation.
///
/// # Errors
/// Whatever CPython raises when a type can't be made.
pub fn make_types(py: Python<'_>) -> PyResult<()> {
    key::make(py)?;
    code_name::make(py)
}

/// Whether the calling thread, which must be attached, is attached to the main interpreter.
fn in_main_interpreter() -> bool {
    // SAFETY: neither call takes ownership of anything.
    unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() }
}

/// Refuses to work in a sub-interpreter: the tables of deferred modules belong to the process, their objects to one
/// interpreter.
///
/// # Errors
/// `ImportError` in any interpreter but the main one.
pub fn refuse_sub_interpreters(_attached: Python<'_>) -> PyResult<()> {
    if in_main_interpreter() {
        return Ok(());
    }
    Err(PyImportError::new_err("atimport does not support sub-interpreters: modules are executed eagerly here"))
}

/// Number of references to an object.
pub fn reference_count(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: a live object.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) as isize }
}

/// The module's dict itself, past whatever its type does to `__dict__`.
pub fn raw_dict<'py>(module: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: `PyModule_GetDict` returns a borrowed reference for instances of `ModuleType` and its subclasses.
    unsafe {
        if ffi::PyModule_Check(module.as_ptr()) == 0 {
            return None;
        }
        let dict = ffi::PyModule_GetDict(module.as_ptr());
        if dict.is_null() {
            PyErr::take(module.py());
            return None;
        }
        Some(Bound::from_borrowed_ptr(module.py(), dict).cast_into_unchecked())
    }
}

/// Whether an object is a code object.
pub fn is_code(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyCode_Check(object.as_ptr()) != 0 }
}

/// The object that marshalled bytes stand for, read where they are.
///
/// # Errors
/// `EOFError`, `ValueError`, `TypeError` for bytes that no marshalling has made; `MemoryError`.
pub fn unmarshalled<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: reads `bytes.len()` bytes, during the call only; the result is a new reference or null with an exception set.
    // Not guaranteed: that the bytes are well formed, which is why they only come from `marshal.dumps` or from a checksummed
    // image.
    unsafe {
        let length = isize::try_from(bytes.len()).unwrap_or(isize::MAX);
        Bound::from_owned_ptr_or_err(py, ffi::PyMarshal_ReadObjectFromString(bytes.as_ptr().cast(), length))
    }
}

/// The code object of a module's source, past the built-in `compile`, which makes all the types of `ast` at its first call
/// (`builtin_compile_impl`, Python/bltinmodule.c).
///
/// # Errors
/// `SyntaxError`, `MemoryError`.
pub fn compiled<'py>(py: Python<'py>, source: &CStr, file: &CStr) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: two C strings, read during the call; no flags; the result is a new reference or null with an exception set.
    unsafe {
        let (source, file) = (source.as_ptr(), file.as_ptr());
        let made = ffi::Py_CompileStringExFlags(source, file, ffi::Py_file_input, ptr::null_mut(), 0);
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// Whether the calling thread is the only one that the interpreter knows.
pub fn is_alone(_attached: Python<'_>) -> bool {
    // SAFETY: the thread is attached, so that its interpreter and its own state stay; the list of states is read under a lock
    // of the interpreter's, and none of them is looked into.
    unsafe {
        let first = ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get());
        ffi::PyThreadState_Next(first).is_null()
    }
}

unsafe extern "C-unwind" {
    /// Include/sysmodule.h; PyO3 does not declare it. Runs hooks, which may be Python code.
    fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
}

/// Raises an audit event; its arguments are made when there is a hook (`sys_audit_tstate`, Python/sysmodule.c).
///
/// # Errors
/// What making the arguments, or a hook, raises.
pub fn audit<'py, A>(py: Python<'py>, event: &CStr, arguments: A) -> PyResult<()>
where
    A: FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
{
    /// The converter of a format `O&` (`Py_BuildValue`, Python/modsupport.c): a new reference, or null with an exception set.
    extern "C" fn make<'py, A>(place: *mut c_void) -> *mut ffi::PyObject
    where
        A: FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
    {
        // SAFETY: `place` is the `Option` below, which lives as long as the call, and nobody else has a reference to it.
        let arguments = unsafe { &mut *place.cast::<Option<A>>() };
        // SAFETY: called on the thread that raises the event, which stays attached for `'py`.
        let py: Python<'py> = unsafe { Python::assume_attached() };
        slot(ptr::null_mut(), |_| match arguments.take() {
            Some(arguments) => Ok(arguments(py)?.into_ptr()),
            None => Err(PyRuntimeError::new_err("the arguments of an audit event were asked for twice")),
        })
    }
    let mut arguments = Some(arguments);
    let place = (&raw mut arguments).cast::<c_void>();
    let converter: extern "C" fn(*mut c_void) -> *mut ffi::PyObject = make::<A>;
    // SAFETY: the format takes a converter and what is handed to it; both are good for the call.
    let failed = staying(|| unsafe { PySys_Audit(event.as_ptr(), c"O&".as_ptr(), converter, place) });
    if failed == 0 { Ok(()) } else { Err(PyErr::fetch(py)) }
}

/// What a Python frame is at.
pub struct Running<'py> {
    frame: Bound<'py, PyAny>,
    /// Its code object.
    pub code: Bound<'py, PyAny>,
    /// Its globals.
    pub globals: Bound<'py, PyAny>,
    /// Its builtins.
    pub builtins: Bound<'py, PyAny>,
    /// Offset of the instruction, in bytes.
    pub at: usize,
}

impl<'py> Running<'py> {
    /// The namespace of a class body, or of a module; a copy for a function.
    pub fn locals(&self) -> Option<Bound<'py, PyAny>> {
        let py = self.frame.py();
        // SAFETY: a frame; the result is a new reference or null with an exception set.
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyFrame_GetLocals(self.frame.as_ptr().cast())).ok() }
    }

    /// How the instruction looks into a module, if it does.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn look(&self) -> PyResult<Option<Look>> {
        let bytes = descriptors::raw_bytes(&self.code)?;
        let instruction = bytes.as_bytes().get(self.at..).and_then(|rest| rest.first_chunk::<2>().copied());
        Ok(instruction.and_then(|instruction| bytecode::look(interpreter::minor(bytes.py()), instruction)))
    }
}

/// The globals of a frame, past the descriptor of `f_globals`: whoever asks looks at nothing that can be pending.
pub fn globals_of<'py>(frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: checked to be a frame; the result is a new reference.
    unsafe {
        if ffi::PyFrame_Check(frame.as_ptr()) == 0 {
            return None;
        }
        Bound::from_owned_ptr(frame.py(), ffi::PyFrame_GetGlobals(frame.as_ptr().cast())).cast_into().ok()
    }
}

/// The Python frame that is running on the calling thread, asked past `sys._getframe`, which raises an audit event.
pub fn running(py: Python<'_>) -> Option<Running<'_>> {
    // SAFETY: the thread is attached; the functions return new references, of which only the frame may be null.
    unsafe {
        let frame = ffi::PyThreadState_GetFrame(ffi::PyThreadState_Get());
        if frame.is_null() {
            return None;
        }
        let running = Running {
            code: Bound::from_owned_ptr(py, ffi::PyFrame_GetCode(frame).cast()),
            globals: Bound::from_owned_ptr(py, ffi::PyFrame_GetGlobals(frame)),
            builtins: Bound::from_owned_ptr(py, ffi::PyFrame_GetBuiltins(frame)),
            at: usize::try_from(ffi::PyFrame_GetLasti(frame)).unwrap_or(usize::MAX),
            frame: Bound::from_owned_ptr(py, frame.cast()),
        };
        Some(running)
    }
}

extern "C" fn pending_call(_: *mut c_void) -> c_int {
    slot(-1, |py| {
        sweep::sweep_finished(py);
        Ok(0)
    })
}

/// Asks the interpreter to call [`sweep::sweep_finished`] between two instructions of the main thread; false when its
/// queue is full.
pub fn schedule_sweep() -> bool {
    // SAFETY: the callback needs no argument and stays valid for the life of the process.
    unsafe { ffi::Py_AddPendingCall(Some(pending_call), ptr::null_mut()) == 0 }
}

unsafe extern "C" {
    /// Include/cpython/classobject.h; PyO3 does not declare it.
    fn PyInstanceMethod_New(function: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// Wraps a callable so that it binds its first argument when found on a class.
///
/// # Errors
/// `MemoryError`.
pub fn instance_method<'py>(callable: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a live object; the result is a new reference or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(callable.py(), PyInstanceMethod_New(callable.as_ptr())) }
}
