//! An index for a test inside the crate, all of it in memory.

use base::disk::FaultyDisk;
use base::rows::MapRows;
use base::{CommitSeq, DocumentNumber, DossierNumber, Ordinal, OsEntropy, StoreId};
use index::{Analysed, DocumentText, Index, IndexError, IndexOptions, Searcher, SegmentKeys};
use std::sync::Arc;
use vault::{SegmentKey, Slot};

/// Keys for an index that writes nothing.
struct NoKeys;

impl SegmentKeys for NoKeys {
    fn key(&self, _: Slot) -> Result<SegmentKey, IndexError> {
        Err(IndexError::Key)
    }
}

/// A document of the one dossier.
pub(crate) fn ordinal(document: u32) -> Ordinal {
    let dossier = DossierNumber::new(1).unwrap();
    dossier.ordinal(DocumentNumber::new(document).unwrap())
}

/// An index of so many documents that each say "embolie".
pub(crate) fn searcher(documents: u32) -> Searcher {
    let options = IndexOptions::new(StoreId::from_bytes([7; 16]), Arc::new(OsEntropy));
    let disk = Arc::new(FaultyDisk::new());
    let index = Index::open(disk, &MapRows::new(), Arc::new(NoKeys), options).unwrap();
    let analysed = |number| {
        let text = DocumentText {
            ordinal: ordinal(number),
            commit: CommitSeq::new(1),
            title: "",
            body: "embolie",
            codes: &[],
            date: None,
        };
        Analysed::new(&text).unwrap()
    };
    index.append((0..documents).map(analysed).collect());
    index.searcher()
}
