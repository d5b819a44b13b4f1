//! Documents as they come in. The body is a function of the crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| intake::fuzzing::read_any(data));
