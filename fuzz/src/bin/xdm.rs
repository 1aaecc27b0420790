//! Any bytes to the decoder `xdm`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("xdm", bytes));
