//! Any bytes, as a text, to `annotate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::annotate(bytes));
