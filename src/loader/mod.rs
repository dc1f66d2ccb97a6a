//! Finders and loaders: decides eager or deferred, builds images on a miss. Knows nothing of how names are hooked.
//!
//! | file | what |
//! |---|---|
//! | [`install`] | path hooks and loader classes |
//! | [`finder`] | `find_spec` |
//! | [`source`] | `exec_module` |
//! | [`cached`] | pyc and image of a source |
//! | [`compile`] | plan → image |
//! | [`policy`] | the process's registry |
//! | [`capture`] | Python objects captured once |
//! | [`explain`], [`decision`] | the analysis and the registry as Python objects |

pub mod cached;
pub mod capture;
pub mod compile;
pub mod decision;
pub mod explain;
pub mod finder;
pub mod install;
pub mod policy;
pub mod source;
