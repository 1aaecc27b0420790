//! Any bytes to the doors of `/fhir`: a search and a body.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relu_fuzz::record(bytes));
