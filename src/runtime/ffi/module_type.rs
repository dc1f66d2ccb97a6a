//! What `ModuleType` is taught of modules with pending names, whose class it remains.
//!
//! | what | how | sees |
//! |---|---|---|
//! | reads | the slot `tp_getattro`, and `__getattribute__` | attributes that the module's dict lacks |
//! | writes, deletions | methods `__setattr__` and `__delattr__` | all |
//! | `dir()` | the method `__dir__` | all |
//! | `vars()` | the descriptor `__dict__` ([`descriptors`]) | all |
//!
//! A read that finds the attribute in the dict is none of our business, so that the specialised instructions for it
//! (`LOAD_ATTR_MODULE`, Python/bytecodes.c) stay in use while names are pending: they want the exact class, or, from 3.14 on,
//! its slot. Of modules that nothing is known about it sees the packages: what they lack, a deferred import elsewhere may bring
//! ([`submodules`]). From 3.15 on that is all it is for, because lazy objects notice reads themselves.
//!
//! All reads are *watched* while a unit runs, because other threads must not see what it has bound so far, and, from 3.15 on, of
//! modules whose missing attributes may still come. The module is of a subclass then. It adds no field, so that the class
//! can be switched back and forth (`compatible_for_assignment`, Objects/typeobject.c).
//!
//! Writes come by the slot of classes that are written in Python: a slot of our own would make `object.__setattr__` refuse
//! every module (`hackcheck`, Objects/typeobject.c). A sub-interpreter that is made later fills its dict of the type from the
//! type's methods and slots, and needs our methods there as well: a wrapper of that slot would call itself.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyModule, PyString, PyTuple, PyType};

use super::super::lacks::{self, Lack};
use super::super::{module, star_import, submodules, table};
use super::descriptors::{self, at, method, replace};
use super::{argument, in_main_interpreter, make_type, slot};

static WATCHED: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
/// `"__all__"`.
static ALL: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static DIR: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
/// The slot that was there before, as a pointer.
static GETATTRO: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// What the slot of `ModuleType` did before.
///
/// # Safety
/// `slf` must be a module, `name` any object.
unsafe fn stock_getattro(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: `teach` stores the slot's function, which is not null, before it gives the type ours.
    unsafe {
        let stock = std::mem::transmute::<*mut c_void, ffi::getattrofunc>(GETATTRO.load(Ordering::Acquire));
        stock(slf, name)
    }
}

unsafe extern "C" fn module_getattro(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: slot arguments: a module, whose dict is borrowed, and any object.
    unsafe {
        let dict = ffi::PyModule_GetDict(slf);
        if dict.is_null() {
            ffi::PyErr_Clear();
            return stock_getattro(slf, name);
        }
        if ffi::PyUnicode_CheckExact(name) != 0 {
            let value = ffi::PyDict_GetItemWithError(dict, name);
            if !value.is_null() {
                // all attributes of the type itself begin with two underscores; those of a subclass may come first, and
                // lazy objects are not to be seen
                let plain = cfg!(not(Py_3_15))
                    && ffi::PyModule_CheckExact(slf) != 0
                    && ffi::PyUnicode_GetLength(name) != 0
                    && ffi::PyUnicode_ReadChar(name, 0) != u32::from(b'_');
                if !plain {
                    return for_star_import(slf, name, stock_getattro(slf, name));
                }
                ffi::Py_INCREF(value);
                return value;
            }
            if !ffi::PyErr_Occurred().is_null() {
                return ptr::null_mut();
            }
        }
        if table::knows(dict as usize) {
            return if cfg!(Py_3_15) { stock_getattro(slf, name) } else { watched(slf, name) };
        }
        // objects of ours belong to one interpreter
        if !in_main_interpreter() {
            return stock_getattro(slf, name);
        }
        lacking(slf, name)
    }
}

/// What a read gives, or what a star import that asks for the names to copy is to copy itself.
///
/// # Safety
/// `slf` must be a module, `name` any object, `value` null with an exception set, or a new reference.
unsafe fn for_star_import(
    slf: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: promised by the caller. The name that a star import asks for is interned.
    unsafe {
        if value.is_null() || name != ALL.load(Ordering::Acquire) || !in_main_interpreter() {
            return value;
        }
        slot(ptr::null_mut(), |py| {
            let names = Bound::from_owned_ptr(py, value);
            star_import::names_left(&argument(py, slf), names).map(Bound::into_ptr)
        })
    }
}

/// A read of what is not in the dict of a module that nothing is known about.
///
/// # Safety
/// `slf` must be a module, `name` any object.
unsafe fn lacking(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: promised by the caller; the format takes two strings, which are borrowed.
    unsafe {
        let submodule = slot(None, |py| match lacks::lack(&argument(py, slf), &argument(py, name))? {
            Lack::Ordinary(own) => {
                let words = c"module '%U' has no attribute '%U'".as_ptr();
                ffi::PyErr_Format(ffi::PyExc_AttributeError, words, own.as_ptr(), name);
                Ok(None)
            }
            Lack::Submodule => Ok(Some(true)),
            Lack::Other => Ok(Some(false)),
        });
        match submodule {
            None => ptr::null_mut(),
            Some(true) => or_submodule(slf, name, stock_getattro(slf, name)),
            Some(false) => stock_getattro(slf, name),
        }
    }
}

/// What a read of a package gives, or what it gives after all: a submodule that something pending was to import.
///
/// # Safety
/// `slf` must be a module, `name` any object, `value` null with an exception set, or a new reference.
unsafe fn or_submodule(
    slf: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    if !value.is_null() {
        return value;
    }
    // SAFETY: promised by the caller.
    slot(ptr::null_mut(), |py| unsafe {
        let Some(error) = PyErr::take(py) else { return Ok(ptr::null_mut()) };
        if error.is_instance_of::<PyAttributeError>(py)
            && let Some(value) = submodules::imported_elsewhere(&argument(py, slf), &argument(py, name))?
        {
            return Ok(value.into_ptr());
        }
        Err(error)
    })
}

unsafe extern "C" fn watched_getattro(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: slot arguments.
    unsafe { watched(slf, name) }
}

/// A read of a module that the table knows.
///
/// # Safety
/// `slf` must be a module, `name` any object.
unsafe fn watched(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: promised by the caller.
    unsafe {
        match slot(None, |py| module::before_read(&argument(py, slf), &argument(py, name)).map(Some)) {
            None => ptr::null_mut(),
            // the module's own `__getattr__` must not be asked
            Some(true) => ffi::PyObject_GenericGetAttr(slf, name),
            Some(false) => {
                let value = or_submodule(slf, name, stock_getattro(slf, name));
                if cfg!(Py_3_15) && value.is_null() {
                    slot((), |py| match PyErr::take(py) {
                        Some(error) => Err(module::read_failed(&argument(py, slf), &argument(py, name), error)),
                        None => Ok(()),
                    });
                }
                for_star_import(slf, name, value)
            }
        }
    }
}

unsafe extern "C" fn module_setattr(
    slf: *mut ffi::PyObject,
    arguments: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: arguments of a method: an instance of its class, and as many objects as it says.
    unsafe {
        if count != 2 {
            let words = format!("expected 2 arguments, got {count}");
            return slot(ptr::null_mut(), |_| Err(PyTypeError::new_err(words)));
        }
        write(slf, *arguments, *arguments.add(1))
    }
}

unsafe extern "C" fn module_delattr(slf: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: arguments of a method.
    unsafe { write(slf, name, ptr::null_mut()) }
}

/// An assignment, or a deletion when `value` is null; `None`, or null with an exception set.
///
/// # Safety
/// `slf` must be a module, `name` any object.
unsafe fn write(slf: *mut ffi::PyObject, name: *mut ffi::PyObject, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: promised by the caller.
    unsafe {
        let dict = ffi::PyModule_GetDict(slf);
        if dict.is_null() {
            ffi::PyErr_Clear();
        }
        let proceed = if table::knows(dict as usize) {
            slot(None, |py| {
                let value = (!value.is_null()).then(|| argument(py, value));
                module::before_write(&argument(py, slf), &argument(py, name), value.as_ref()).map(Some)
            })
        } else {
            Some(true)
        };
        match proceed {
            None => return ptr::null_mut(),
            Some(false) => {}
            Some(true) => {
                if ffi::PyObject_GenericSetAttr(slf, name, value) != 0 {
                    return ptr::null_mut();
                }
            }
        }
        ffi::Py_INCREF(ffi::Py_None());
        ffi::Py_None()
    }
}

unsafe extern "C" fn module_dir(slf: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: argument of a method.
        let object = unsafe { argument(py, slf) };
        if table::find(&object).is_some() {
            return module::directory(&object).map(Bound::into_ptr);
        }
        at(py, &DIR).call1((object,)).map(Bound::into_ptr)
    })
}

/// Teaches `ModuleType`; once.
///
/// # Errors
/// `MemoryError`; `AttributeError` when the interpreter's type lacks something.
pub fn teach(py: Python<'_>) -> PyResult<()> {
    ALL.store(PyString::intern(py, "__all__").into_ptr(), Ordering::Release);
    let kind = py.get_type::<PyModule>();
    let setattr = ffi::PyMethodDefPointer { PyCFunctionFast: module_setattr };
    let delattr = ffi::PyMethodDefPointer { PyCFunction: module_delattr };
    let dir = ffi::PyMethodDefPointer { PyCFunction: module_dir };
    // they take the place of the wrappers that a sub-interpreter makes of the slots
    let (some, one) = (ffi::METH_FASTCALL | ffi::METH_COEXIST, ffi::METH_O | ffi::METH_COEXIST);
    let setattr = method(&kind, c"__setattr__", setattr, some)?;
    let delattr = method(&kind, c"__delattr__", delattr, one)?;
    let dir = method(&kind, c"__dir__", dir, ffi::METH_NOARGS)?;
    let more = [*setattr, *delattr];
    for (name, entry) in [(c"__setattr__", setattr), (c"__delattr__", delattr)] {
        replace(&kind, name, descriptors::new_method(&kind, entry))?;
    }
    DIR.store(replace(&kind, c"__dir__", descriptors::new_method(&kind, dir))?, Ordering::Release);
    let setattro = slot_of_python_classes(py)?;
    let class = kind.as_type_ptr();
    // SAFETY: a static type, attached to the interpreter; its slots are read anew at every use. The two functions are
    // what slots of that kind have to be. Not guaranteed: that no other code has kept the old ones, which go on to work
    // and see what the dict has.
    unsafe {
        let stock = (*class).tp_getattro.ok_or_else(|| PyTypeError::new_err("modules have no attributes"))?;
        GETATTRO.store(stock as *mut c_void, Ordering::Release);
        (*class).tp_methods = Box::leak(methods_of(class, more)).as_mut_ptr();
        (*class).tp_getattro = Some(module_getattro);
        (*class).tp_setattro = Some(setattro);
        ffi::PyType_Modified(class);
    }
    let wrapper = descriptors::slot_wrapper(&kind, c"__getattribute__", module_getattro as *mut c_void)?;
    replace(&kind, c"__getattribute__", wrapper)?;
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE;
    let slots = vec![ffi::PyType_Slot { slot: ffi::Py_tp_getattro, pfunc: watched_getattro as *mut c_void }];
    make_type(py, &WATCHED, c"builtins.module".as_ptr(), class, 0, flags, slots)?;
    // named exactly like its base, so that no message tells the two apart
    super::type_at(py, &WATCHED).setattr("__name__", "module")
}

/// The methods of a static type with some more, ended as CPython wants it.
///
/// # Safety
/// `class` must be a static type.
unsafe fn methods_of(class: *mut ffi::PyTypeObject, more: [ffi::PyMethodDef; 2]) -> Box<[ffi::PyMethodDef]> {
    let mut methods = Vec::new();
    // SAFETY: promised by the caller; the table ends with an entry without a name.
    unsafe {
        let mut own = (*class).tp_methods;
        while !own.is_null() && !(*own).ml_name.is_null() {
            methods.push(*own);
            own = own.add(1);
        }
    }
    methods.extend(more);
    methods.push(ffi::PyMethodDef::zeroed());
    methods.into_boxed_slice()
}

/// The function that the interpreter puts into `tp_setattro` of classes with a `__setattr__`.
fn slot_of_python_classes(py: Python<'_>) -> PyResult<ffi::setattrofunc> {
    let namespace = PyDict::new(py);
    let nothing = |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| arguments.py().None();
    namespace.set_item("__setattr__", PyCFunction::new_closure(py, None, None, nothing)?)?;
    let class = py.get_type::<PyType>().call1(("module", (), namespace))?.cast_into::<PyType>()?;
    // SAFETY: a type object.
    let slot = unsafe { (*class.as_type_ptr()).tp_setattro };
    slot.ok_or_else(|| PyTypeError::new_err("classes have no attributes"))
}

/// From now on all reads of the module are watched.
pub fn watch(module: &Bound<'_, PyAny>) {
    let watched = WATCHED.load(Ordering::Acquire);
    // SAFETY: a live object. Of the exact class, it can be of a subclass that adds no field and keeps every other slot; an
    // instance of a heap type holds a reference to it.
    unsafe {
        if !watched.is_null() && ffi::PyModule_CheckExact(module.as_ptr()) != 0 {
            ffi::Py_INCREF(watched);
            (*module.as_ptr()).ob_type = watched.cast();
        }
    }
}

/// Not any more.
pub fn unwatch(module: &Bound<'_, PyAny>) {
    if is_watched(module) {
        // SAFETY: the reverse of the above; the class itself lives for ever.
        unsafe {
            let class = ffi::Py_TYPE(module.as_ptr());
            (*module.as_ptr()).ob_type = ptr::addr_of!(ffi::PyModule_Type).cast_mut();
            ffi::Py_DECREF(class.cast());
        }
    }
}

/// Whether all reads of the module are watched, as its class says.
pub fn is_watched(module: &Bound<'_, PyAny>) -> bool {
    module.get_type().as_ptr() == WATCHED.load(Ordering::Acquire)
}
