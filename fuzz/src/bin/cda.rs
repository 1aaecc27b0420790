//! Any bytes to the decoder `cda`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("cda", bytes));
