//! The tokenizer, rows of the manifest, footers. The bodies are functions of the
//! crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    index::fuzzing::tokenizer(data);
    index::fuzzing::manifest_row(data);
    index::fuzzing::directory_footer(data);
});
