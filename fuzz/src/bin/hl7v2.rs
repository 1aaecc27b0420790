//! Any bytes to the decoder `hl7v2`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("hl7v2", bytes));
