//! Proves that a stream which panicked once says so from then on, and that callbacks are told.

use super::*;
use crate::arrow::column::Field;
use crate::callback;

struct Panics;

impl Batches for Panics {
    fn fields(&self) -> &'static [Field] {
        &[]
    }

    #[allow(clippy::panic, reason = "what is tested")]
    fn next(&mut self) -> ArrowArray {
        panic!("a fault")
    }
}

fn said(stream: &mut ArrowArrayStream) -> String {
    // SAFETY: the stream is live, and no other call uses it.
    let said = unsafe { get_last_error(stream) };
    if said.is_null() {
        return String::new();
    }
    // SAFETY: it is a text of this module's.
    let said = unsafe { CStr::from_ptr(said) };
    said.to_str().unwrap().to_owned()
}

#[test]
fn a_stream_that_panicked_is_not_used_again() {
    let mut stream = stream_of(Panics);
    let (mut schema, mut array) = (layout::schema(&[]), layout::end());
    for expected in [
        "the call panicked",
        "an earlier call on this stream panicked",
    ] {
        // SAFETY: the stream is live, and the array may be written.
        let code = unsafe { get_next(&raw mut stream, &raw mut array) };
        assert_eq!(code, FAULT);
        assert!(said(&mut stream).starts_with(expected), "{expected}");
        assert!(array.release.is_none(), "nothing was written");
    }
    let kept = schema.release.take();
    // SAFETY: the stream is live, and the schema may be written.
    let code = unsafe { get_schema(&raw mut stream, &raw mut schema) };
    assert_eq!(code, FAULT);
    assert!(schema.release.is_none(), "nothing was written");
    schema.release = kept;
    // SAFETY: it is the schema that was made above.
    unsafe { schema.release.unwrap()(&raw mut schema) };
    // SAFETY: the stream is live, and this is its end.
    unsafe { release(&raw mut stream) };
    assert!(stream.release.is_none());
}

#[test]
fn a_callback_that_reads_a_stream_is_told() {
    let mut stream = stream_of(Rest::<DocumentEntry> {
        rows: Vec::new(),
        given: 0,
    });
    let mut array = layout::end();
    // SAFETY: the stream is live, and the array may be written.
    let code = callback::run(|| unsafe { get_next(&raw mut stream, &raw mut array) });
    assert_eq!(code, INVALID);
    assert_eq!(said(&mut stream), "a callback called the library");
    // SAFETY: as before.
    assert_eq!(unsafe { get_next(&raw mut stream, &raw mut array) }, 0);
    assert_eq!(said(&mut stream), "");
    // SAFETY: the stream is live, and this is its end.
    unsafe { release(&raw mut stream) };
}
