//! Any bytes to the decoder `read`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("read", bytes));
