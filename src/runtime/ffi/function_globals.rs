//! `function.__globals__`: besides frames, the one way by which Python code gets hold of a module's dict without asking
//! the module.
//!
//! The member descriptor of `FunctionType` is replaced by one that completes the dict of a deferred module before it hands
//! it out. Done when the first module is deferred, and kept: a program that defers nothing sees nothing of it. Lib/types.py
//! takes `MemberDescriptorType` from the old descriptor; installing atimport imports `types` first.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::super::module;
use super::{argument, slot};

unsafe extern "C" fn function_globals(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: a getset descriptor of `FunctionType` is only called on functions, which always have globals.
        let globals = unsafe { argument(py, ffi::PyFunction_GetGlobals(slf)) };
        if let Ok(dict) = globals.cast::<PyDict>() {
            module::complete(dict)?;
        }
        Ok(globals.into_ptr())
    })
}

/// Replaces the descriptor, once.
///
/// # Errors
/// `MemoryError`.
pub fn guard(py: Python<'_>) -> PyResult<()> {
    static GUARDED: AtomicBool = AtomicBool::new(false);
    if GUARDED.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let table = Box::leak(Box::new([
        ffi::PyGetSetDef { name: c"__globals__".as_ptr(), get: Some(function_globals), ..ffi::PyGetSetDef::default() },
        ffi::PyGetSetDef::default(),
    ]));
    // SAFETY: the table is leaked, the type is static; a type's dict may be changed when `PyType_Modified` is told, as
    // `type.__setattr__` does for heap types. Not guaranteed: that no other code caches the old descriptor, which goes on
    // to work unguarded.
    unsafe {
        let function_type = ptr::addr_of!(ffi::PyFunction_Type).cast_mut();
        let descriptor = ffi::PyDescr_NewGetSet(function_type, table.as_mut_ptr());
        if descriptor.is_null() {
            return Err(PyErr::fetch(py));
        }
        #[cfg(Py_3_12)]
        let dict = ffi::PyType_GetDict(function_type);
        #[cfg(not(Py_3_12))]
        let dict = {
            let dict = (*function_type).tp_dict;
            ffi::Py_INCREF(dict);
            dict
        };
        let failed = ffi::PyDict_SetItemString(dict, c"__globals__".as_ptr(), descriptor) != 0;
        ffi::Py_DECREF(descriptor);
        ffi::Py_DECREF(dict);
        ffi::PyType_Modified(function_type);
        if failed {
            return Err(PyErr::fetch(py));
        }
    }
    Ok(())
}
