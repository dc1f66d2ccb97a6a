//! Feeds libFuzzer's bytes to [`checks::store`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::store::check(data));
