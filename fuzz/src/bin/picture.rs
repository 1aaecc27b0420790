//! Any bytes to the decoder `picture`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("picture", bytes));
