//! The text syntax of searches: whatever the text, it is read or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = query::syntax::parse(text);
});
