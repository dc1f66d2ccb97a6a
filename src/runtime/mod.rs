//! A deferred module alive: its pending names, executing units, locks, errors, counts. Knows nothing of files or finders.
//!
//! | file | what |
//! |---|---|
//! | [`state`] | what is remembered of one module |
//! | [`names`] | how a lookup of a pending name is noticed: two back ends |
//! | [`resolve`] | running units, errors |
//! | [`waits`], [`sync`] | who waits for whom; claims |
//! | [`blocked`] | who waits for a thread that it has started |
//! | [`partial`] | names that are not there yet, because threads wait for each other |
//! | [`fork`] | what a child process inherits |
//! | [`forwards`] | names that a star import has copied while they were pending |
//! | [`execute`] | prelude and hook: the import-time half |
//! | [`early`] | units that a profile has run at import |
//! | [`module`] | the module object: writes, `__dict__`, `dir` |
//! | [`submodules`] | submodules that a package lacks |
//! | [`table`] | all deferred modules |
//! | [`star_import`] | what a star import sees of a module in a circular import |
//! | [`sweep`] | becoming plain again |
//! | [`reload`] | being executed again |
//! | [`trees`] | packages that are watched for the sake of what is below them |
//! | [`context`] | what each thread is executing |
//! | [`bytecode`] | which instructions use which names |
//! | [`audit`] | audit events |
//! | [`aliases`] | the names of a module in `sys.modules` |
//! | [`complete`] | what runs before somebody looks at all of `sys.modules` |
//! | [`resolution`], [`report`] | resolving many modules, for the public API |
//! | [`events`] | counts |
//! | [`interpreter`] | the interpreter's own modules, captured |
//! | [`timing`], [`stats`] | where the time goes: spans, and their sums |
//! | [`ffi`] | the fence around `unsafe` |

pub mod aliases;
pub mod audit;
pub mod blocked;
pub mod bytecode;
pub mod complete;
pub mod context;
pub mod early;
pub mod events;
pub mod execute;
pub mod ffi;
pub mod fork;
pub mod forwards;
pub mod interpreter;
pub mod lacks;
pub mod module;
pub mod names;
pub mod order;
pub mod partial;
pub mod reload;
pub mod report;
pub mod resolution;
pub mod resolve;
pub mod star_import;
pub mod state;
pub mod stats;
pub mod submodules;
pub mod sweep;
pub mod sync;
pub mod table;
pub mod timing;
pub mod trees;
pub mod waits;
