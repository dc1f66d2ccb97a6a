//! Feeds libFuzzer's bytes to [`checks::analysis`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::analysis::check(data));
