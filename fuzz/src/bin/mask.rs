//! Any bytes, read, masked and read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("mask", bytes));
