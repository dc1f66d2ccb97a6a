//! The ways by which Python code gets hold of a module's dict, or of the names in a code object, without asking the module.
//!
//! | descriptor | shows | what happens first |
//! |---|---|---|
//! | `function.__globals__`, `module.__dict__` | a module's dict | everything pending in it is resolved |
//! | `frame.f_globals`, `frame.f_locals` | a module's dict as it stands | its names are hooked so that lookups in it resolve |
//! | `code.co_names`, `code.replace`, `code.__replace__` | names in a code object | the same, and the names are plain again |
//! | `code.co_code`, and the names | what has been separated ([`super::super::bytecode`]) | it is put together as the compiler made it |
//!
//! Each is replaced in the dict of its type by one that calls the original. Done when the first module is deferred, and kept: a
//! program that defers nothing sees nothing of it. Lib/types.py takes `MemberDescriptorType` from the descriptor of
//! functions; installing atimport imports `types` first.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyCode, PyDict, PyFrame, PyFunction, PyModule, PyTuple, PyType};

use super::super::names::in_code;
use super::super::{interpreter, module, names, table};
use super::{argument, module_type, slot};

unsafe extern "C" {
    /// Include/cpython/descrobject.h; PyO3 does not declare it.
    fn PyDescr_NewWrapper(
        kind: *mut ffi::PyTypeObject,
        description: *mut ffi::wrapperbase,
        function: *mut c_void,
    ) -> *mut ffi::PyObject;
}

/// The descriptors that were there before.
static MODULE_DICT: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static FRAME_GLOBALS: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static FRAME_LOCALS: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static CODE_NAMES: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static CODE_BYTES: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());
static CODE_REPLACE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());

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

unsafe extern "C" fn module_dict(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let object = unsafe { argument(py, slf) };
        if table::find(&object).is_some() {
            return module::namespace(&object).map(Bound::into_ptr);
        }
        original_of(py, &MODULE_DICT, &object).map(Bound::into_ptr)
    })
}

unsafe extern "C" fn frame_globals(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: slot argument.
    unsafe { namespace(&FRAME_GLOBALS, slf) }
}

unsafe extern "C" fn frame_locals(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: slot argument.
    unsafe { namespace(&FRAME_LOCALS, slf) }
}

/// What the original descriptor gives, which is a deferred module's dict if it is one.
///
/// # Safety
/// `slf` must be a live object.
unsafe fn namespace(original: &AtomicPtr<ffi::PyObject>, slf: *mut ffi::PyObject) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: promised by the caller.
        let namespace = original_of(py, original, &unsafe { argument(py, slf) })?;
        if let Ok(dict) = namespace.cast::<PyDict>()
            && let Some(state) = table::find_by_dict(dict)
        {
            names::use_keys(&state)?;
        }
        Ok(namespace.into_ptr())
    })
}

unsafe extern "C" fn code_names(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let names = raw_names(&unsafe { argument(py, slf) })?;
        in_code::show(&names)?;
        Ok(in_code::joined_names(names)?.into_ptr())
    })
}

unsafe extern "C" fn code_bytes(slf: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: slot argument.
        let code = unsafe { argument(py, slf) };
        in_code::joined_bytes(&raw_names(&code)?, raw_bytes(&code)?).map(Bound::into_ptr)
    })
}

unsafe extern "C" fn code_replace(
    slf: *mut ffi::PyObject,
    arguments: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    slot(ptr::null_mut(), |py| {
        // SAFETY: arguments of a method; `keywords` is null when there are none.
        let (code, arguments, keywords) = unsafe {
            let keywords = (!keywords.is_null()).then(|| argument(py, keywords).cast_into_unchecked::<PyDict>());
            (argument(py, slf), argument(py, arguments).cast_into_unchecked::<PyTuple>(), keywords)
        };
        in_code::show(&raw_names(&code)?)?;
        let method = at(py, &CODE_REPLACE).call_method1("__get__", (code,))?;
        Ok(method.call(arguments, keywords.as_ref())?.into_ptr())
    })
}

/// `co_names` as it stands.
///
/// # Errors
/// `TypeError` when that is no code object.
pub fn raw_names<'py>(code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let names = match CODE_NAMES.load(Ordering::Acquire).is_null() {
        true => code.getattr(intern!(code.py(), "co_names"))?,
        false => original_of(code.py(), &CODE_NAMES, code)?,
    };
    Ok(names.cast_into::<PyTuple>()?)
}

/// `co_code` as it stands.
///
/// # Errors
/// `TypeError` when that is no code object.
pub fn raw_bytes<'py>(code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = match CODE_BYTES.load(Ordering::Acquire).is_null() {
        true => code.getattr(intern!(code.py(), "co_code"))?,
        false => original_of(code.py(), &CODE_BYTES, code)?,
    };
    Ok(bytes.cast_into::<PyBytes>()?)
}

/// A descriptor that [`replace`] has put aside.
pub fn at<'py>(py: Python<'py>, place: &AtomicPtr<ffi::PyObject>) -> Bound<'py, PyAny> {
    let pointer = place.load(Ordering::Acquire);
    assert!(!pointer.is_null(), "the descriptors are replaced before the first module is deferred");
    // SAFETY: stored by `replace`, which keeps its reference for the rest of the process.
    unsafe { Bound::from_borrowed_ptr(py, pointer) }
}

/// What a descriptor that has been put aside says of an object.
fn original_of<'py>(
    py: Python<'py>,
    place: &AtomicPtr<ffi::PyObject>,
    object: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let descriptor = at(py, place);
    // SAFETY: getset and member descriptors have the slot, which checks the type of `object` itself; two live objects.
    unsafe {
        let get = (*ffi::Py_TYPE(descriptor.as_ptr())).tp_descr_get;
        let get = get.ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("not a descriptor"))?;
        let class = ffi::Py_TYPE(object.as_ptr()).cast();
        Bound::from_owned_ptr_or_err(py, get(descriptor.as_ptr(), object.as_ptr(), class))
    }
}

thread_local! {
    /// This thread replaces the descriptors.
    static REPLACING: Cell<bool> = const { Cell::new(false) };
}

/// Replaces the descriptors, once. Another thread that defers its first module at the same time waits until that is done: names
/// that it made pending would not be noticed before. A finaliser that comes in between doesn't, because its thread would wait for
/// itself.
///
/// # Errors
/// `MemoryError`; `AttributeError` when the interpreter lacks one.
pub fn guard(py: Python<'_>) -> PyResult<()> {
    static GUARDED: PyOnceLock<PyResult<()>> = PyOnceLock::new();
    if REPLACING.get() {
        return Ok(());
    }
    let guarded = GUARDED.get_or_init(py, || {
        REPLACING.set(true);
        let replaced = replace_all(py);
        REPLACING.set(false);
        replaced
    });
    guarded.as_ref().map_or_else(|error| Err(error.clone_ref(py)), |()| Ok(()))
}

fn replace_all(py: Python<'_>) -> PyResult<()> {
    let (kind, function) = (py.get_type::<PyModule>(), py.get_type::<PyFunction>());
    let (frame, code) = (py.get_type::<PyFrame>(), py.get_type::<PyCode>());
    module_type::teach(py)?;
    replace(&function, c"__globals__", getset(&function, c"__globals__", function_globals)?)?;
    MODULE_DICT.store(replace(&kind, c"__dict__", getset(&kind, c"__dict__", module_dict)?)?, Ordering::Release);
    let globals = replace(&frame, c"f_globals", getset(&frame, c"f_globals", frame_globals)?)?;
    FRAME_GLOBALS.store(globals, Ordering::Release);
    let locals = replace(&frame, c"f_locals", getset(&frame, c"f_locals", frame_locals)?)?;
    FRAME_LOCALS.store(locals, Ordering::Release);
    CODE_NAMES.store(replace(&code, c"co_names", getset(&code, c"co_names", code_names)?)?, Ordering::Release);
    CODE_BYTES.store(replace(&code, c"co_code", getset(&code, c"co_code", code_bytes)?)?, Ordering::Release);
    let function = || ffi::PyMethodDefPointer { PyCFunctionWithKeywords: code_replace };
    let flags = ffi::METH_VARARGS | ffi::METH_KEYWORDS;
    let entry = method(&code, c"replace", function(), flags)?;
    CODE_REPLACE.store(replace(&code, c"replace", new_method(&code, entry))?, Ordering::Release);
    if interpreter::minor(py) >= 13 {
        let entry = method(&code, c"__replace__", function(), flags)?;
        replace(&code, c"__replace__", new_method(&code, entry))?;
    }
    Ok(())
}

/// What the documentation of a type's descriptor has as C keeps it: with the signature before it, for `inspect`.
fn documentation(kind: &Bound<'_, PyType>, name: &CStr) -> PyResult<*const c_char> {
    let name = name.to_string_lossy();
    let own = kind.getattr(intern!(kind.py(), "__dict__"))?.get_item(&*name);
    let original = own.or_else(|_| kind.getattr(&*name))?;
    let text = |name: &str| original.getattr(name).ok().and_then(|text| text.extract::<String>().ok());
    let Some(doc) = text("__doc__") else { return Ok(ptr::null()) };
    // `_PyType_GetTextSignatureFromInternalDoc`, Objects/typeobject.c
    let doc = match text("__text_signature__") {
        Some(signature) => format!("{name}{signature}\n--\n\n{doc}"),
        None => doc,
    };
    // the descriptor points to it for as long as it lives: for ever
    Ok(CString::new(doc)?.into_raw())
}

fn getset(kind: &Bound<'_, PyType>, name: &'static CStr, get: ffi::getter) -> PyResult<*mut ffi::PyObject> {
    let doc = documentation(kind, name)?;
    let entry = ffi::PyGetSetDef { name: name.as_ptr(), get: Some(get), doc, ..ffi::PyGetSetDef::default() };
    let table = Box::leak(Box::new([entry, ffi::PyGetSetDef::default()]));
    // SAFETY: the table is leaked, the type is static.
    Ok(unsafe { ffi::PyDescr_NewGetSet(kind.as_type_ptr(), table.as_mut_ptr()) })
}

/// What a method of a static type is made from, for the rest of the process: a function of the kind that `flags` says, and
/// the documentation of the type's own.
pub fn method(
    kind: &Bound<'_, PyType>,
    name: &'static CStr,
    function: ffi::PyMethodDefPointer,
    flags: c_int,
) -> PyResult<&'static mut ffi::PyMethodDef> {
    let entry = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: function,
        ml_flags: flags,
        ml_doc: documentation(kind, name)?,
    };
    Ok(Box::leak(Box::new(entry)))
}

/// A descriptor for a method; null with an exception set when there is no memory.
pub fn new_method(kind: &Bound<'_, PyType>, entry: &'static mut ffi::PyMethodDef) -> *mut ffi::PyObject {
    // SAFETY: the entry is leaked, the type is static.
    unsafe { ffi::PyDescr_NewMethod(kind.as_type_ptr(), entry) }
}

/// The wrapper of a static type's slot, which calls `function` instead of what the slot had.
pub fn slot_wrapper(kind: &Bound<'_, PyType>, name: &CStr, function: *mut c_void) -> PyResult<*mut ffi::PyObject> {
    let own = kind.getattr(intern!(kind.py(), "__dict__"))?.get_item(&*name.to_string_lossy())?;
    // SAFETY: checked to be a wrapper, whose description is static; the type is too.
    unsafe {
        if ffi::Py_TYPE(own.as_ptr()) != ptr::addr_of!(ffi::PyWrapperDescr_Type).cast_mut() {
            return Err(pyo3::exceptions::PyTypeError::new_err("not the wrapper of a slot"));
        }
        let description = (*own.as_ptr().cast::<ffi::PyWrapperDescrObject>()).d_base;
        Ok(PyDescr_NewWrapper(kind.as_type_ptr(), description, function))
    }
}

/// Puts a descriptor in the place of a static type's own, which is returned and never released; null when it had none.
pub fn replace(
    kind: &Bound<'_, PyType>,
    name: &'static CStr,
    descriptor: *mut ffi::PyObject,
) -> PyResult<*mut ffi::PyObject> {
    let py = kind.py();
    let kind = kind.as_type_ptr();
    // SAFETY: `descriptor` is null with an exception set, or a new reference that ends here. A type's dict may be changed when
    // `PyType_Modified` is told, as `type.__setattr__` does for heap types. Not guaranteed: that no other code caches the
    // old descriptor, which goes on to work unguarded.
    unsafe {
        if descriptor.is_null() {
            return Err(PyErr::fetch(py));
        }
        let descriptor = Bound::from_owned_ptr(py, descriptor);
        #[cfg(Py_3_12)]
        let dict = Bound::from_owned_ptr(py, ffi::PyType_GetDict(kind)).cast_into_unchecked::<PyDict>();
        #[cfg(not(Py_3_12))]
        let dict = Bound::from_borrowed_ptr(py, (*kind).tp_dict).cast_into_unchecked::<PyDict>();
        let name = name.to_string_lossy();
        let original = dict.get_item(&*name)?;
        dict.set_item(&*name, descriptor)?;
        ffi::PyType_Modified(kind);
        Ok(original.map_or(ptr::null_mut(), Bound::into_ptr))
    }
}
