//! The body of the fuzz target of this room, compiled always and run by the tests too.

use crate::paper::MediaType;
use crate::read::read;

/// Reads `data` as every kind of document there is. Whatever the bytes are, it returns.
///
/// # Panics
/// When a reader panics, or accepts a document and then contradicts itself: that is the fault
/// being looked for.
pub fn read_any(data: &[u8]) {
    if let Ok(points) = crate::points(data) {
        assert!(points.iter().all(|point| !point.code.code.is_empty()));
    }
    for hint in [None, Some(MediaType::Cda), Some(MediaType::Json)] {
        match read(data, hint) {
            Ok(paper) => {
                assert!(!paper.metadata.title.is_empty(), "a title is never empty");
                let text_bytes: usize = paper.sections.iter().map(|part| part.text.len()).sum();
                assert!(paper.text.is_some() || text_bytes == 0, "no text is lost");
                assert_eq!(
                    paper.metadata.size,
                    paper.body_bytes(data).len() as u64,
                    "the size is that of the body"
                );
            }
            Err(refusal) => {
                let place = refusal.place();
                assert!(place.line >= 1 && place.column >= 1, "a place is a place");
                assert!(
                    place.offset <= data.len() * 3 + 3,
                    "a place is in the document"
                );
            }
        }
    }
}
