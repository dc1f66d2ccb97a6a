//! Every byte value of the image format, once.
//!
//! Terms: the *head* is the part of fixed size that says whether the rest can be read at all; the *body* is everything
//! after it and is what the checksum covers, the key included; a *flag* is a bit of a flags byte; a *tag* is a byte that
//! says which alternative follows.
//!
//! Which question does this file answer? "Which number stands for what, and where?" Neither [`super::encode`] nor
//! [`super::decode`] writes a byte value down: two copies of a number drift apart, and then one of them is a bug that
//! only shows on the other side. The prose for people is `spec/image-format.md`; a test there and here holds them equal.
//!
//! ```text
//! offset  size  head
//!      0     8  magic
//!      8     4  format version
//!     12     4  analyser version
//!     16     8  length of the body
//!     24     8  xxh3-64 of the body
//!     32        body: key, then the module
//! ```
//!
//! # When to count up
//! - [`FORMAT_VERSION`]: when the same bytes would be read differently.
//! - [`ANALYSER_VERSION`]: nobody does. An image is only as good as the analysis that made it, so every change of the code
//!   that splits and compiles makes old images misses: the build takes a checksum of it (build.rs).

/// First bytes of every image. The first is outside ASCII and the last two are a line ending, so that a transfer in
/// text mode shows (as in PNG, and as pyc's magic number does).
pub const MAGIC: [u8; 8] = *b"\x93atimg\r\n";

/// Version of the layout of bytes.
///
/// - 1 (2026-11): first.
/// - 2 (2026-11): the names that code mentions stand behind it; units have a length.
pub const FORMAT_VERSION: u32 = 4;

// Version of the analysis and of the way in which units are compiled: `ANALYSER_VERSION`, a checksum of their sources.
include!(concat!(env!("OUT_DIR"), "/analyser.rs"));

/// Size of the head in bytes; the body starts there.
pub const HEAD_SIZE: usize = 32;

/// Where the kind of validation stands: behind the head, the interpreter's magic number and the optimization level.
pub const VALIDATION_OFFSET: usize = HEAD_SIZE + 5;

/// How the image knows its source: a tag in the key.
pub mod validation {
    /// By modification time and size, as in a pyc whose flags are zero.
    pub const MTIME_AND_SIZE: u8 = 0;
    /// By a hash of the source that an import doesn't compare (PEP 552).
    pub const UNCHECKED_HASH: u8 = 1;
    /// By a hash of the source that an import compares (PEP 552).
    pub const CHECKED_HASH: u8 = 2;
}

/// Value of bytes that mean nothing yet.
pub const RESERVED: u16 = 0;

/// Bits of the module's flags byte.
pub mod module_flags {
    /// `Image::declared`.
    pub const DECLARED: u8 = 1;
    /// `Image::hook`.
    pub const HOOK: u8 = 1 << 1;
    /// `Image::namespace_readers`.
    pub const NAMESPACE_READERS: u8 = 1 << 2;
    /// `Image::invalid` follows.
    pub const INVALID: u8 = 1 << 3;
    /// `Image::unsplittable` follows.
    pub const UNSPLITTABLE: u8 = 1 << 4;
    /// `Image::flagged`.
    pub const FLAGGED: u8 = 1 << 5;
    /// All of them; any other bit is a miss.
    pub const ALL: u8 = DECLARED | HOOK | NAMESPACE_READERS | INVALID | UNSPLITTABLE | FLAGGED;
}

/// Bits of a unit's flags byte.
pub mod unit_flags {
    /// `Unit::guarded_imports`.
    pub const GUARDED_IMPORTS: u8 = 1;
    /// `Unit::only_imports`.
    pub const ONLY_IMPORTS: u8 = 1 << 1;
    /// `Unit::may_import`.
    pub const MAY_IMPORT: u8 = 1 << 2;
    /// `Unit::checked_imports`.
    pub const CHECKED_IMPORTS: u8 = 1 << 3;
    /// `Unit::may_fail`.
    pub const MAY_FAIL: u8 = 1 << 4;
    /// All of them; any other bit is a miss.
    pub const ALL: u8 = GUARDED_IMPORTS | ONLY_IMPORTS | MAY_IMPORT | CHECKED_IMPORTS | MAY_FAIL;
}

/// Bits of a name's flags byte.
pub mod name_flags {
    /// `Name::definite`.
    pub const DEFINITE: u8 = 1;
    /// `Name::submodule`.
    pub const SUBMODULE: u8 = 1 << 1;
    /// `Name::unit` follows; otherwise the prelude binds the name.
    pub const UNIT: u8 = 1 << 2;
    /// `Name::only_submodule`.
    pub const ONLY_SUBMODULE: u8 = 1 << 3;
    /// All of them; any other bit is a miss.
    pub const ALL: u8 = DEFINITE | SUBMODULE | UNIT | ONLY_SUBMODULE;
}

/// Which step of the prelude follows.
pub mod step_tags {
    /// `Step::Announce`: two numbers.
    pub const ANNOUNCE: u8 = 1;
    /// `Step::Run`: bytes.
    pub const RUN: u8 = 2;
    /// `Step::CompleteModules`: nothing.
    pub const COMPLETE_MODULES: u8 = 3;
    /// `Step::CompleteNamespace`: nothing.
    pub const COMPLETE_NAMESPACE: u8 = 4;
}

/// Fewest bytes that one item of a list can take: what a count is checked against before anything is allocated for it.
pub mod least {
    /// A pair of line numbers.
    pub const LINES: usize = 2;
    /// A single number.
    pub const NUMBER: usize = 1;
    /// An empty text.
    pub const TEXT: usize = 1;
    /// Flags, three empty lists, empty code that mentions nothing.
    pub const UNIT: usize = 6;
    /// Flags and an empty text.
    pub const NAME: usize = 2;
    /// A tag.
    pub const STEP: usize = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECIFICATION: &str = include_str!("../../spec/image-format.md");

    /// The specification gives the value of every constant in its tables; a changed constant has to change there too.
    fn check(row: &str) {
        assert!(SPECIFICATION.lines().any(|line| line.starts_with(row)), "spec/image-format.md has no row {row:?}");
    }

    #[test]
    fn the_specification_names_the_same_head() {
        check("| 0 | 8 | magic: `93 61 74 69 6d 67 0d 0a`");
        assert_eq!(MAGIC, [0x93, 0x61, 0x74, 0x69, 0x6d, 0x67, 0x0d, 0x0a]);
        check(&format!("| 8 | 4 | format version: {FORMAT_VERSION}"));
        check("| 12 | 4 | analyser version");
        check(&format!("| {HEAD_SIZE} | | body"));
    }

    #[test]
    fn the_specification_names_the_same_flags_and_tags() {
        for (flag, field) in [
            (module_flags::DECLARED, "declared"),
            (module_flags::HOOK, "hook"),
            (module_flags::NAMESPACE_READERS, "namespace readers"),
            (module_flags::INVALID, "invalid declaration"),
            (module_flags::UNSPLITTABLE, "unsplittable"),
            (module_flags::FLAGGED, "flagged"),
        ] {
            check(&format!("| module | {flag} | {field}"));
        }
        check(&format!("| unit | {} | guarded imports", unit_flags::GUARDED_IMPORTS));
        check(&format!("| unit | {} | only imports", unit_flags::ONLY_IMPORTS));
        check(&format!("| unit | {} | may import", unit_flags::MAY_IMPORT));
        check(&format!("| unit | {} | checked imports", unit_flags::CHECKED_IMPORTS));
        check(&format!("| unit | {} | may fail", unit_flags::MAY_FAIL));
        for (flag, field) in [
            (name_flags::DEFINITE, "definite"),
            (name_flags::SUBMODULE, "submodule"),
            (name_flags::UNIT, "has a unit"),
            (name_flags::ONLY_SUBMODULE, "only a submodule"),
        ] {
            check(&format!("| name | {flag} | {field}"));
        }
        check(&format!("| step | {} | announce", step_tags::ANNOUNCE));
        check(&format!("| step | {} | run", step_tags::RUN));
        check(&format!("| step | {} | complete modules", step_tags::COMPLETE_MODULES));
        check(&format!("| step | {} | complete namespace", step_tags::COMPLETE_NAMESPACE));
        check(&format!("| validation | {} | modification time and size", validation::MTIME_AND_SIZE));
        check(&format!("| validation | {} | a hash that an import doesn't compare", validation::UNCHECKED_HASH));
        check(&format!("| validation | {} | a hash that an import compares", validation::CHECKED_HASH));
    }
}
