//! Sheaves, units, frames, clear rows, packed bytes, the FORMAT file. The bodies are functions of
//! the crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    store::fuzzing::record(data);
    store::fuzzing::unit(data);
    store::fuzzing::frames(data);
    store::fuzzing::clear_rows(data);
    store::fuzzing::packed(data);
    store::fuzzing::format(data);
    store::fuzzing::rolls(data);
});
