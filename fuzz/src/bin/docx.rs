//! Any bytes to the decoder `docx`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("docx", bytes));
