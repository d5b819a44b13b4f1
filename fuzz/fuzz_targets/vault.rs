//! Records, bodies, key blocks, key nodes, key files, pages. The bodies are functions of the
//! crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vault::fuzzing::any(data);
});
