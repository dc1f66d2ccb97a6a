//! The cached split of one module: an *image*, stored beside the pyc as `__pycache__/NAME.<cache_tag>[.opt-N].ati`.
//!
//! Terms: an image is what [`encode`](encode::encode) writes and [`decode`](decode::decode) reads; its *key* is everything
//! that must be unchanged for it to be used; a *miss* is any image that can't be used, for whatever reason.
//!
//! The image holds no knowledge of what a unit means: numbers, names and marshalled code go in and come out. It is never
//! an authority: every damage, every other version, every doubt is a miss, and the module is split again.

#![forbid(unsafe_code)]

pub mod bytes;
pub mod decode;
pub mod encode;
pub mod error;
pub mod layout;
pub mod mentions;
#[cfg(test)]
mod samples;
pub mod store;

pub use ::bytes::{Bytes, BytesMut};
use compact_str::CompactString;
use smallvec::SmallVec;

/// Everything that must be unchanged for an image to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `importlib.util.MAGIC_NUMBER` of the interpreter that compiled the code.
    pub interpreter: [u8; 4],
    /// `sys.flags.optimize`, 0 to 2.
    pub optimization: u8,
    /// How the source is known to be the one that was split.
    pub validation: Validation,
    /// Dotted name under which the module was analysed: relative imports resolve against it.
    pub module: String,
}

/// How an image knows its source, as in a pyc (PEP 552).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// By what the file system says of the source.
    Time {
        /// Modification time, in seconds, truncated to 32 bits (PEP 3147).
        mtime: u32,
        /// Size in bytes, truncated to 32 bits.
        size: u32,
    },
    /// By its content.
    Hash {
        /// `importlib.util.source_hash` of the source.
        hash: [u8; 8],
        /// Whether an import compares the hash; otherwise whoever made the image keeps it up to date.
        checked: bool,
    },
}

/// The cached split of one module.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Image {
    /// The module opted in by a valid declaration.
    pub declared: bool,
    /// Its distribution asks for deferral, says whoever installed it: deferred without a declaration.
    pub flagged: bool,
    /// A hook has to be called after the prelude.
    pub hook: bool,
    /// The declaration is not valid: line and clause; the module must run eagerly.
    pub invalid: Option<(u32, String)>,
    /// The module can't be split (parser disagreement and the like): reason; it must run eagerly.
    pub unsplittable: Option<String>,
    /// Names in the order in which an eager run binds them.
    pub names: Vec<Name>,
    /// Units.
    pub units: Vec<Unit>,
    /// What runs at import, in order.
    pub prelude: Vec<Step>,
    /// See `Plan::namespace_readers`.
    pub namespace_readers: bool,
    /// See `Plan::guarded_targets`.
    pub guarded_targets: Vec<String>,
    /// See `Plan::checked_targets`.
    pub checked_targets: Vec<String>,
}

/// A module-level name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: CompactString,
    /// Position in [`Image::units`], or `None` when the prelude binds it.
    pub unit: Option<u32>,
    /// Bound on every path.
    pub definite: bool,
    /// Bound by importing the submodule of that name.
    pub submodule: bool,
    /// And by nothing else: whoever imports it binds the name for good.
    pub only_submodule: bool,
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Unit {
    /// Inclusive 1-based line ranges, ascending.
    pub lines: SmallVec<[(u32, u32); 1]>,
    /// Positions in [`Image::units`], ascending.
    pub dependencies: SmallVec<[u32; 4]>,
    /// Names read that the module doesn't bind, sorted.
    pub free_reads: Vec<CompactString>,
    /// Imports inside a `try` whose handlers may catch anything.
    pub guarded_imports: bool,
    /// Imports inside a `try` with handlers for an `ImportError`.
    pub checked_imports: bool,
    /// All its statements are imports: it may run again in a circle.
    pub only_imports: bool,
    /// It imports modules, or runs code that may.
    pub may_import: bool,
    /// It may raise an `ImportError`.
    pub may_fail: bool,
    /// What it runs.
    pub code: Code,
}

/// Code to run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Code {
    /// Marshalled code object.
    pub marshalled: Bytes,
    /// Names with a unit that it mentions as globals: see [`mentions`]. Empty from 3.15 on, where nobody asks.
    pub mentions: Bytes,
}

/// A step of the prelude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The names `first..end` that have a unit become pending.
    Announce(u32, u32),
    /// Run this.
    Run(Code),
    /// Run what may import of all that is pending, here and in modules that are imported from here on.
    CompleteModules,
    /// Settle what may be in the namespace by now, but for the module's own units.
    CompleteNamespace,
}
