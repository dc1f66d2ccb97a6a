//! Feeds libFuzzer's bytes to [`checks::overrides`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::overrides::check(data));
