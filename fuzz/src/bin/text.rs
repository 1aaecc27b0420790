//! Any bytes to the decoder `text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("text", bytes));
