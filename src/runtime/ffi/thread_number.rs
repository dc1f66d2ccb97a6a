//! In which order threads have begun.
//!
//! CPython numbers the thread states of an interpreter as it makes them (`PyThreadState_GetID`), and puts the newest at the
//! head of its list (`add_threadstate`, Python/pystate.c, 3.11 to 3.15).

use pyo3::ffi;
use pyo3::prelude::*;

/// The number of the calling thread.
pub fn own(_py: Python<'_>) -> i64 {
    // SAFETY: the token says that this thread is attached, so it has a thread state, which lives until it is detached.
    unsafe { ffi::PyThreadState_GetID(ffi::PyThreadState_Get()) }
}

/// The number of the newest thread that has not ended; whoever begins from now on has a larger one.
pub fn newest(_py: Python<'_>) -> i64 {
    // SAFETY: the token says that this thread is attached, and PyThreadState_GetInterpreter and PyInterpreterState_ThreadHead
    // only read. The list is not empty, because this thread is in it. A thread state is taken out of it, and freed, by an
    // attached thread (`PyThreadState_DeleteCurrent`), and this one stays attached meanwhile.
    unsafe {
        let interpreter = ffi::PyThreadState_GetInterpreter(ffi::PyThreadState_Get());
        ffi::PyThreadState_GetID(ffi::PyInterpreterState_ThreadHead(interpreter))
    }
}
