//! Any bytes to the decoder `pdf`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("pdf", bytes));
