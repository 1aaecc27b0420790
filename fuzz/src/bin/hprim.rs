//! Any bytes to the decoder `hprim`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("hprim", bytes));
