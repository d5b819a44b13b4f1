//! Packs of rules: what loads decides, what does not is refused. The body is a function of the
//! crate, which its tests run too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    policy::fuzzing::pack(data);
});
