//! The type of names in code objects that tell when they are looked up: a `str` whose hash is asked for first.
//!
//! An instruction that looks a name up hands the object in `co_names` to the dict. The dict takes the hash of an exact `str`
//! from the object, and calls `tp_hash` of any other (`_PyDict_LoadGlobal`, Objects/dictobject.c), before it looks at its
//! keys; so whatever the hook does, no lookup is in progress. A name has two words behind the fields of `str`: the state and
//! its position there. It holds no reference to the state: code objects are invisible to the collector.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::super::names::in_code;
use super::super::state::ModuleState;
use super::{argument, make_type, slot, type_at};

static TYPE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());

/// The two words that a name has behind the fields of `str`.
#[repr(C)]
struct NameTail {
    /// Borrowed; null when the name has been severed from its state ([`sever`]).
    state: *mut ffi::PyObject,
    /// Position of the name in the state.
    index: u32,
}

fn name_tail(name: *mut ffi::PyObject) -> *mut NameTail {
    // SAFETY: only called on instances of the type, which were allocated with `tp_basicsize` of `str` plus a `NameTail`;
    // `str`'s basicsize is a multiple of the pointer size on every supported version, so the tail is aligned.
    unsafe {
        let base = (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_basicsize;
        name.cast::<u8>().offset(base).cast::<NameTail>()
    }
}

unsafe extern "C" fn name_hash(slf: *mut ffi::PyObject) -> ffi::Py_hash_t {
    // SAFETY: slot argument: an instance of the type. A state severs its names before it goes, so the pointer is valid; a
    // reference is taken before anything else happens.
    unsafe {
        let hash = (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_hash.map_or(-1, |hash| hash(slf));
        let tail = name_tail(slf);
        let state = (*tail).state;
        if state.is_null() || hash == -1 {
            return hash;
        }
        let index = (*tail).index;
        slot(-1, |py| {
            let (name, state) = (argument(py, slf), argument(py, state));
            in_code::hashed(&name, state.cast::<ModuleState>()?, index)?;
            Ok(hash)
        })
    }
}

/// Makes the type, once.
///
/// # Errors
/// Whatever CPython raises when a type can't be made.
pub fn make(py: Python<'_>) -> PyResult<()> {
    if !TYPE.load(Ordering::Acquire).is_null() {
        return Ok(());
    }
    let base = ptr::addr_of!(ffi::PyUnicode_Type).cast_mut();
    // SAFETY: reading a field of a static type object.
    let base_size = unsafe { (*base).tp_basicsize };
    let slots = vec![ffi::PyType_Slot { slot: ffi::Py_tp_hash, pfunc: name_hash as *mut c_void }];
    let size = base_size + isize::try_from(size_of::<NameTail>()).unwrap_or(16);
    make_type(py, &TYPE, c"atimport._native.PendingName".as_ptr(), base, size, ffi::Py_TPFLAGS_DEFAULT, slots)
}

/// A name that tells `state` when it is looked up. The state keeps it, and severs it before it goes.
///
/// # Errors
/// `MemoryError`.
pub fn new<'py>(
    state: &Bound<'py, ModuleState>,
    text: &Bound<'py, PyString>,
    index: u32,
) -> PyResult<Bound<'py, PyAny>> {
    let name = type_at(state.py(), &TYPE).call1((text,))?;
    // SAFETY: `name` is a fresh instance of the type, whose tail `PyType_GenericAlloc` has zeroed.
    unsafe {
        let tail = name_tail(name.as_ptr());
        (*tail).index = index;
        (*tail).state = state.as_ptr();
    }
    Ok(name)
}

/// Whether an object is such a name, and of which state; `None` also when it has been severed.
pub fn state_of<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, ModuleState>> {
    if object.get_type().as_ptr() != TYPE.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: checked to be an instance of the type; a state that is not null is alive, see [`name_hash`].
    unsafe {
        let state = (*name_tail(object.as_ptr())).state;
        (!state.is_null()).then(|| argument(object.py(), state).cast_into_unchecked())
    }
}

/// Makes a name that [`new`] has made forget its state.
pub fn sever(name: &Py<PyAny>) {
    // SAFETY: names that a state keeps are instances of the type; called with the interpreter attached, by the state's methods
    // and its deallocation.
    unsafe { (*name_tail(name.as_ptr())).state = ptr::null_mut() }
}

/// Replaces an element of a tuple, which others may be holding: only by a string with the same text.
pub fn exchange(tuple: &Bound<'_, PyTuple>, place: usize, name: Bound<'_, PyAny>) {
    assert!(place < tuple.len(), "a place that was found in this tuple");
    // SAFETY: in bounds. The element is a `str` before and after, with the same text and hash, so whatever was computed from
    // the tuple stays true. The old element is released after the new one stands there; who keeps a borrowed reference to
    // it is an instruction in progress, for which the state keeps the object alive.
    unsafe {
        let place = isize::try_from(place).unwrap_or(0);
        let old = ffi::PyTuple_GET_ITEM(tuple.as_ptr(), place);
        ffi::PyTuple_SET_ITEM(tuple.as_ptr(), place, name.into_ptr());
        ffi::Py_DECREF(old);
    }
}
