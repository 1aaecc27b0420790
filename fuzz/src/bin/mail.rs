//! Any bytes to the decoder `mail`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("mail", bytes));
