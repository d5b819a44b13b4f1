//! The text syntax of searches. The body is a function of the crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| query::fuzzing::query(data));
