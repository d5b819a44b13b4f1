//! Entries, traces, the head of the log, checkpoints, proofs. The bodies are functions of the
//! crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    journal::fuzzing::entry(data);
    journal::fuzzing::trace(data);
    journal::fuzzing::head(data);
    journal::fuzzing::checkpoint(data);
    journal::fuzzing::proof(data);
});
