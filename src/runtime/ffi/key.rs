//! The type of pending keys: a `str` that tells a module's state when a lookup compares with it.
//!
//! A key has two words behind the fields of `str`: the state and the position of the name. It hashes and compares as the
//! string that it is, except that comparing it for equality with a string of the same text first calls
//! [`key_hook::looked_up`], whose answer counts.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::super::names::key_hook;
use super::{argument, make_type, slot, type_at};

static TYPE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());

/// The two words that a key has behind the fields of `str`.
#[repr(C)]
struct KeyTail {
    /// Strong reference to the `ModuleState` that the key belongs to; null only while the key is being made or cleared.
    state: *mut ffi::PyObject,
    /// Position of the name in the state.
    index: u32,
}

fn key_tail(key: *mut ffi::PyObject) -> *mut KeyTail {
    // SAFETY: only called on instances of the key type, which were allocated with `tp_basicsize` of `str` plus a
    // `KeyTail`; `str`'s basicsize is a multiple of the pointer size on every supported version, so the tail is aligned.
    unsafe {
        let base = (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_basicsize;
        key.cast::<u8>().offset(base).cast::<KeyTail>()
    }
}

unsafe extern "C" fn key_richcompare(
    slf: *mut ffi::PyObject,
    other: *mut ffi::PyObject,
    op: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: slot arguments are valid objects; the tail of a key is initialised before the key leaves [`new`].
    unsafe {
        if (op == ffi::Py_EQ || op == ffi::Py_NE) && ffi::PyUnicode_Check(other) != 0 {
            let tail = key_tail(slf);
            let state = (*tail).state;
            if !state.is_null() {
                let index = (*tail).index;
                let noticed = slot(None, |py| {
                    let same = plain_compare(py, slf, other)?;
                    if !same {
                        return Ok(Some(false));
                    }
                    key_hook::looked_up(py, &argument(py, slf), &argument(py, state), index).map(Some)
                });
                return match noticed {
                    None => ptr::null_mut(),
                    Some(found) => {
                        let answer = if found == (op == ffi::Py_EQ) { ffi::Py_True() } else { ffi::Py_False() };
                        ffi::Py_INCREF(answer);
                        answer
                    }
                };
            }
        }
        match (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_richcompare {
            Some(compare) => compare(slf, other, op),
            None => ptr::null_mut(),
        }
    }
}

/// Whether two strings have the same text, whatever their types.
///
/// # Safety
/// Both must be valid `str` instances.
unsafe fn plain_compare(py: Python<'_>, left: *mut ffi::PyObject, right: *mut ffi::PyObject) -> PyResult<bool> {
    // SAFETY: promised by the caller; `PyUnicode_Compare` looks at the text only.
    let order = unsafe { ffi::PyUnicode_Compare(left, right) };
    if order == -1
        && let Some(error) = PyErr::take(py)
    {
        return Err(error);
    }
    Ok(order == 0)
}

unsafe extern "C" fn key_hash(slf: *mut ffi::PyObject) -> ffi::Py_hash_t {
    // SAFETY: a key is a `str`; the slot of `str` exists.
    unsafe { (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_hash.map_or(-1, |hash| hash(slf)) }
}

unsafe extern "C" fn key_traverse(slf: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the collector on a live key; heap types visit their type (bpo-40217).
    unsafe {
        let state = (*key_tail(slf)).state;
        if !state.is_null() {
            let result = visit(state, arg);
            if result != 0 {
                return result;
            }
        }
        visit(ffi::Py_TYPE(slf).cast(), arg)
    }
}

unsafe extern "C" fn key_clear(slf: *mut ffi::PyObject) -> c_int {
    // SAFETY: as above; the field is nulled before the reference is dropped, because dropping may run code.
    unsafe {
        let tail = key_tail(slf);
        let state = std::mem::replace(&mut (*tail).state, ptr::null_mut());
        ffi::Py_XDECREF(state);
    }
    0
}

unsafe extern "C" fn key_dealloc(slf: *mut ffi::PyObject) {
    // SAFETY: mirrors `subtype_dealloc` (Objects/typeobject.c): untrack, drop our field, let `str` free the object through
    // `tp_free`, then drop the reference that an instance of a heap type holds on its type.
    unsafe {
        ffi::PyObject_GC_UnTrack(slf.cast());
        key_clear(slf);
        let kind = ffi::Py_TYPE(slf);
        if let Some(dealloc) = (*ptr::addr_of!(ffi::PyUnicode_Type)).tp_dealloc {
            dealloc(slf);
        }
        ffi::Py_DECREF(kind.cast());
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
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    make_type(
        py,
        &TYPE,
        c"atimport._native.PendingKey".as_ptr(),
        base,
        base_size + isize::try_from(size_of::<KeyTail>()).unwrap_or(16),
        ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_HAVE_GC,
        vec![
            slot(ffi::Py_tp_richcompare, key_richcompare as *mut c_void),
            slot(ffi::Py_tp_hash, key_hash as *mut c_void),
            slot(ffi::Py_tp_traverse, key_traverse as *mut c_void),
            slot(ffi::Py_tp_clear, key_clear as *mut c_void),
            slot(ffi::Py_tp_dealloc, key_dealloc as *mut c_void),
        ],
    )
}

/// A key that tells `state` when a lookup compares with it.
///
/// # Errors
/// `MemoryError`.
pub fn new<'py>(state: &Bound<'py, PyAny>, name: &Bound<'py, PyString>, index: u32) -> PyResult<Bound<'py, PyAny>> {
    let key = type_at(state.py(), &TYPE).call1((name,))?;
    // SAFETY: `key` is a fresh instance of the key type, whose tail `PyType_GenericAlloc` has zeroed.
    unsafe {
        let tail = key_tail(key.as_ptr());
        (*tail).index = index;
        (*tail).state = state.clone().into_ptr();
    }
    Ok(key)
}

/// Whether an object is a pending key (of any module).
pub fn is(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().as_ptr() == TYPE.load(Ordering::Acquire)
}

/// The state that a key belongs to; none of an object that is no key.
pub fn state<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    if !is(object) {
        return None;
    }
    // SAFETY: an instance of the key type, whose tail is initialised; null once the collector has cleared the key.
    unsafe { Bound::from_borrowed_ptr_or_opt(object.py(), (*key_tail(object.as_ptr())).state) }
}
