//! Proves that an answer of any length is named by traces whole.

use super::*;

#[test]
fn documents_are_named_in_parts_that_lose_none() {
    for count in [
        0,
        1,
        limit::TRACE_DOCUMENTS_MAX,
        2 * limit::TRACE_DOCUMENTS_MAX + 1,
    ] {
        let documents: Vec<_> = (0..count as u128)
            .map(|number| DocumentId::from_bytes(number.to_be_bytes()))
            .collect();
        let parts = parts(documents.clone());
        assert!(
            parts
                .iter()
                .all(|part| part.len() <= limit::TRACE_DOCUMENTS_MAX)
        );
        assert!(parts.concat() == documents, "{count}");
        assert!(!parts.is_empty());
    }
}
