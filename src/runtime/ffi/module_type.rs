//! The subclasses of `ModuleType` that a module has while names are pending: one for modules, one for those whose
//! reads have to be watched too: packages, and modules with a `__getattr__` of their own. They add no field, so that `__class__` can be switched back and forth
//! (`compatible_for_assignment`, Objects/typeobject.c).

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::{module, resolve};
use super::{argument, make_type, slot, type_at};

static MODULE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static WATCHED: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" fn module_setattro(
    slf: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: slot arguments; `value` is null for a deletion.
    unsafe {
        let proceed = slot(None, |py| {
            let value = if value.is_null() { None } else { Some(argument(py, value)) };
            module::before_write(&argument(py, slf), &argument(py, name), value.as_ref()).map(Some)
        });
        match proceed {
            None => -1,
            Some(false) => 0,
            Some(true) => ffi::PyObject_GenericSetAttr(slf, name, value),
        }
    }
}

unsafe extern "C" fn watched_getattro(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: slot arguments: a module, whose dict is borrowed; the slot of `ModuleType` exists on every supported version.
    unsafe {
        let dict = ffi::PyModule_GetDict(slf);
        // from 3.15 on the value may be a lazy object, which the slot of `ModuleType` resolves
        if cfg!(not(Py_3_15)) && !resolve::any_running() && !dict.is_null() && ffi::PyUnicode_CheckExact(name) != 0 {
            let value = ffi::PyDict_GetItemWithError(dict, name);
            if !value.is_null() {
                // all attributes of the type itself begin with two underscores
                if ffi::PyUnicode_GetLength(name) == 0 || ffi::PyUnicode_ReadChar(name, 0) == u32::from(b'_') {
                    return ffi::PyObject_GenericGetAttr(slf, name);
                }
                ffi::Py_INCREF(value);
                return value;
            }
            if !ffi::PyErr_Occurred().is_null() {
                return ptr::null_mut();
            }
        }
        let hide = slot(None, |py| module::before_read(&argument(py, slf), &argument(py, name)).map(Some));
        match hide {
            None => return ptr::null_mut(),
            Some(true) => return ffi::PyObject_GenericGetAttr(slf, name),
            Some(false) => {}
        }
        match (*ptr::addr_of!(ffi::PyModule_Type)).tp_getattro {
            Some(getattro) => getattro(slf, name),
            None => ptr::null_mut(),
        }
    }
}

unsafe extern "C" fn module_dict(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let module = unsafe { argument(py, slf) };
        module::namespace(&module).map(|dict| dict.into_ptr())
    })
}

unsafe extern "C" fn module_dir(slf: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let module = unsafe { argument(py, slf) };
        module::directory(&module).map(Bound::into_ptr)
    })
}

unsafe extern "C" fn module_reduce(slf: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let module = unsafe { argument(py, slf) };
        module::reduce(&module).map(Bound::into_ptr)
    })
}

/// Tables that CPython keeps pointers into for as long as the types live: for ever.
struct Tables {
    getset: [ffi::PyGetSetDef; 2],
    methods: [ffi::PyMethodDef; 3],
}

fn tables() -> &'static mut Tables {
    Box::leak(Box::new(Tables {
        getset: [
            ffi::PyGetSetDef { name: c"__dict__".as_ptr(), get: Some(module_dict), ..ffi::PyGetSetDef::default() },
            ffi::PyGetSetDef::default(),
        ],
        methods: [
            ffi::PyMethodDef {
                ml_name: c"__dir__".as_ptr(),
                ml_meth: ffi::PyMethodDefPointer { PyCFunction: module_dir },
                ml_flags: ffi::METH_NOARGS,
                ml_doc: ptr::null(),
            },
            ffi::PyMethodDef {
                ml_name: c"__reduce_ex__".as_ptr(),
                ml_meth: ffi::PyMethodDefPointer { PyCFunction: module_reduce },
                ml_flags: ffi::METH_O,
                ml_doc: ptr::null(),
            },
            ffi::PyMethodDef::zeroed(),
        ],
    }))
}

/// Makes the types, once.
///
/// # Errors
/// Whatever CPython raises when a type can't be made.
pub fn make(py: Python<'_>) -> PyResult<()> {
    if !MODULE.load(Ordering::Acquire).is_null() {
        return Ok(());
    }
    let base = ptr::addr_of!(ffi::PyModule_Type).cast_mut();
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE;
    for (place, watched) in [(&MODULE, false), (&WATCHED, true)] {
        let tables = tables();
        let mut slots = vec![
            slot(ffi::Py_tp_setattro, module_setattro as *mut c_void),
            slot(ffi::Py_tp_getset, tables.getset.as_mut_ptr().cast()),
            slot(ffi::Py_tp_methods, tables.methods.as_mut_ptr().cast()),
        ];
        if watched {
            slots.push(slot(ffi::Py_tp_getattro, watched_getattro as *mut c_void));
        }
        make_type(py, place, c"builtins.module".as_ptr(), base, 0, flags, slots)?;
        // named exactly like its base, so that no message tells the two apart
        type_at(py, place).setattr("__name__", "module")?;
    }
    Ok(())
}

/// The `ModuleType` subclass for modules with pending names, whose reads are watched or not.
pub fn get(py: Python<'_>, watched: bool) -> Bound<'_, PyType> {
    type_at(py, if watched { &WATCHED } else { &MODULE })
}

/// Whether a module has one of the classes.
pub fn is(module: &Bound<'_, PyAny>) -> bool {
    let class = module.get_type().as_ptr();
    class == MODULE.load(Ordering::Acquire) || class == WATCHED.load(Ordering::Acquire)
}
