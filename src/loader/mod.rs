//! Finders and loaders: decides eager or deferred, builds images on a miss. Knows nothing of how names are hooked.
//!
//! | file | what |
//! |---|---|
//! | [`install`] | path hooks and loader classes |
//! | [`finder`] | `find_spec` |
//! | [`source`] | `exec_module` |
//! | [`mention`] | whether a code object uses the name of the declaration |
//! | [`sourceless`] | hooks of modules without a source |
//! | [`cached`] | pyc of a source, natively |
//! | [`text`] | a source as text |
//! | [`images`], [`user_cache`] | images of a source; where they are when its folder can't be written |
//! | [`memory`] | what they are read into, and where the code of units waits |
//! | [`beside`], [`outline`] | the analysis, and meanwhile what CPython makes of the file |
//! | [`compile`] | plan → image |
//! | [`script`] | a program's own file as code |
//! | [`annotations`] | annotations that the compiler counts, made in one place |
//! | [`bodies`] | functions and classes compiled from text |
//! | [`nodes`] | types of syntax trees |
//! | [`separate`] | names that are used in two ways |
//! | [`prebuilt`] | images written without executing |
//! | [`prefetch`], [`ahead`] | what is read before it is imported |
//! | [`start_profile`], [`start_entry`] | what runs at import, because start-up always touches it |
//! | [`entry_point`] | what is kept from one run of a program to the next |
//! | [`policy`] | the process's registry, asked |
//! | [`rules`], [`late`] | rules added and withdrawn; pins that come late |
//! | [`attribute`] | pins as plain data |
//! | [`seal`], [`stdlib`], [`asker`] | no more imports from elsewhere; what is not elsewhere; who asks |
//! | [`lazy_filter`] | pins and `lazy import` (PEP 810) |
//! | [`capture`] | Python objects captured once |
//! | [`explain`], [`decision`] | the analysis and the registry as Python objects |

pub mod ahead;
pub mod annotations;
pub mod asker;
pub mod attribute;
pub mod beside;
pub mod bodies;
pub mod cached;
pub mod capture;
pub mod compile;
pub mod decision;
pub mod declared;
pub mod entry_point;
pub mod explain;
pub mod finder;
pub mod images;
pub mod install;
pub mod late;
pub mod lazy_filter;
pub mod memory;
pub mod mentioned;
pub mod module_scope;
pub mod nodes;
pub mod outline;
pub mod policy;
pub mod prebuilt;
pub mod prefetch;
pub mod rules;
pub mod script;
pub mod seal;
pub mod separate;
pub mod source;
pub mod sourceless;
pub mod start_entry;
pub mod start_profile;
pub mod stdlib;
pub mod text;
pub mod user_cache;
