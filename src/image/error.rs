//! Why an image can't be used.
//!
//! Terms: a *miss* is a reason, and not an error of the program: the caller splits the module again and writes a new
//! image. What was expected and what was found stand side by side, so that a trace or `explain` can say why a cache
//! never hits. An *offset* is a position in the file, in bytes.
//!
//! Which question does this file answer? "What was wrong with this image?" It is separate because the loader reports
//! misses and never reads a byte.

use super::Validation;
use thiserror::Error;

/// Why an image can't be used. Never fatal: the module is split again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Miss {
    /// The file ends within the head.
    #[error("the image is too short: expected at least {expected} bytes, got {got}")]
    Short {
        /// Size of the head in bytes.
        expected: usize,
        /// Size of the file in bytes.
        got: usize,
    },
    /// Not an image.
    #[error("not an image: expected it to begin with {expected:02x?}, got {got:02x?}")]
    Magic {
        /// [`super::layout::MAGIC`].
        expected: [u8; 8],
        /// The first bytes of the file.
        got: [u8; 8],
    },
    /// Another layout of bytes.
    #[error("image of another format version: expected {expected}, got {got}")]
    Format {
        /// [`super::layout::FORMAT_VERSION`].
        expected: u32,
        /// As in the file.
        got: u32,
    },
    /// Made by another analysis.
    #[error("image of another analyser version: expected {expected}, got {got}")]
    Analyser {
        /// [`super::layout::ANALYSER_VERSION`].
        expected: u32,
        /// As in the file.
        got: u32,
    },
    /// Truncated, or something was appended.
    #[error("the image's body has the wrong length: expected {expected} bytes, got {got}")]
    Length {
        /// What the head says.
        expected: u64,
        /// What follows the head.
        got: u64,
    },
    /// Damaged.
    #[error("the image is damaged: expected checksum {expected:016x}, got {got:016x}")]
    Checksum {
        /// What the head says.
        expected: u64,
        /// What the body gives.
        got: u64,
    },
    /// Compiled by another interpreter.
    #[error("image of another interpreter: expected magic number {expected:02x?}, got {got:02x?}")]
    Interpreter {
        /// As in the key.
        expected: [u8; 4],
        /// As in the image.
        got: [u8; 4],
    },
    /// Compiled with another `-O`.
    #[error("image of another optimization level: expected {expected}, got {got}")]
    Optimization {
        /// As in the key.
        expected: u8,
        /// As in the image.
        got: u8,
    },
    /// The source has been written since.
    #[error("the source has changed: expected modification time {expected}, got {got}")]
    SourceTime {
        /// Seconds, truncated to 32 bits, as in the key.
        expected: u32,
        /// As in the image.
        got: u32,
    },
    /// The source has been written since.
    #[error("the source has changed: expected a size of {expected} bytes, got {got}")]
    SourceSize {
        /// Bytes, truncated to 32 bits, as in the key.
        expected: u32,
        /// As in the image.
        got: u32,
    },
    /// The source has been written since.
    #[error("the source has changed: expected hash {expected:02x?}, got {got:02x?}")]
    SourceHash {
        /// Of the source as it is.
        expected: [u8; 8],
        /// As in the image.
        got: [u8; 8],
    },
    /// It knows its source in another way.
    #[error("image of another kind of validation: expected {expected:?}, got {got:?}")]
    Validation {
        /// As in the key.
        expected: Validation,
        /// As in the image.
        got: Validation,
    },
    /// Analysed under another name, against which its relative imports were resolved.
    #[error("image of another module: expected {expected:?}, got {got:?}")]
    Module {
        /// As in the key.
        expected: String,
        /// As in the image.
        got: String,
    },
    /// The body ends before what it announces.
    #[error("malformed image: at offset {offset}, expected {expected} more bytes, got {got}")]
    Ended {
        /// Where.
        offset: usize,
        /// Bytes that what stands there needs at least.
        expected: u64,
        /// Bytes that are left.
        got: u64,
    },
    /// The body goes on after its end.
    #[error("malformed image: expected its end at offset {expected}, got {got}")]
    Trailing {
        /// Where the content ends.
        expected: usize,
        /// Where the file ends.
        got: usize,
    },
    /// A number that is too large for what it stands for: a position outside its table, a line beyond 32 bits.
    #[error("malformed image: at offset {offset}, expected {field} of at most {expected}, got {got}")]
    Number {
        /// Where the number ends.
        offset: usize,
        /// What it stands for.
        field: &'static str,
        /// The largest that is possible.
        expected: u64,
        /// As in the image; `u64::MAX` for anything that doesn't fit.
        got: u64,
    },
    /// A tag, a flag or a reserved value that this version doesn't know.
    #[error("malformed image: at offset {offset}, expected {field} within {expected:#x}, got {got:#x}")]
    Tag {
        /// Where.
        offset: usize,
        /// What it stands for.
        field: &'static str,
        /// All bits of a flags byte, the largest tag, or the one value.
        expected: u64,
        /// As in the image.
        got: u64,
    },
    /// A number that could have been written in fewer bytes: every image has one encoding.
    #[error("malformed image: at offset {offset}, expected a number in its shortest form, got {got} bytes")]
    Overlong {
        /// Where the number begins.
        offset: usize,
        /// How many bytes it takes.
        got: usize,
    },
    /// A text that isn't UTF-8.
    #[error("malformed image: at offset {offset}, expected UTF-8, got {source}")]
    Text {
        /// Where the text begins.
        offset: usize,
        /// What is wrong with it.
        source: std::str::Utf8Error,
    },
}

#[cfg(test)]
mod tests {
    use super::Miss;

    fn check(miss: &Miss, expected: &str) {
        assert_eq!(miss.to_string(), expected);
    }

    #[test]
    fn every_message_says_what_was_expected_and_what_was_found() {
        check(&Miss::Short { expected: 32, got: 5 }, "the image is too short: expected at least 32 bytes, got 5");
        check(
            &Miss::Interpreter { expected: [167, 13, 13, 10], got: [203, 13, 13, 10] },
            "image of another interpreter: expected magic number [a7, 0d, 0d, 0a], got [cb, 0d, 0d, 0a]",
        );
        check(
            &Miss::Module { expected: "pkg.a".into(), got: "a".into() },
            r#"image of another module: expected "pkg.a", got "a""#,
        );
        check(
            &Miss::Number { offset: 40, field: "position of a unit", expected: 3, got: 9 },
            "malformed image: at offset 40, expected position of a unit of at most 3, got 9",
        );
    }
}
