//! What is checked of any bytes: one file a target.
//!
//! Terms: a *check* takes the bytes that the fuzzer makes, builds an input from them, and panics when the project breaks a
//! promise about it. The targets in `fuzz_targets/` call the checks under libFuzzer; `tests/fuzzed.rs` of the crate calls
//! them with the committed corpus, so that what was once found is tried by `make test` too.

pub mod analysis;
pub mod decode;
mod expressions;
pub mod grammar;
pub mod hostile;
pub mod overrides;
pub mod store;
