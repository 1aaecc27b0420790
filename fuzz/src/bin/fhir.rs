//! Any bytes to the decoder `fhir`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::decode("fhir", bytes));
