//! Where the bytes live: catalog, heads, bodies, state, transactions, recovery.
//!
//! For: keeping sealed rows and sealed bodies so that nothing acknowledged is lost, and reading
//! them back at the speed of the disk. Not for: who may read what (`policy`), what a document
//! says (`index`), who opens which key (`vault` holds them; keys pass through here unseen).
//! Invariants are numbered S1.. in docs/invariants.md; the bytes are drawn in docs/format.md.

mod ahead;
mod backend;
mod bodies;
mod bound;
mod catalog;
mod codec;
mod compact;
mod document;
mod dossier;
mod entry;
mod error;
mod export;
mod form;
mod format;
mod frame;
pub mod fuzzing;
mod head;
mod layer;
mod mend;
mod meta;
mod quiet;
mod reclaim;
mod record;
mod retired;
mod roll;
mod shrink;
mod snapshot;
mod sort;
pub mod state_tree;
mod stats;
mod sweep;
#[cfg(test)]
mod testing;
mod transaction;
mod units;
mod upgrade;
mod verify;
mod view;

pub use ahead::Ahead;
pub use bound::{check_small_rows, kept_row_sum, row_sum, row_sum_and_bytes, rows_digest};
pub use catalog::{Catalog, Founding, OPEN_MARK, Options, Rebuilding, SegmentPin, Spending};
pub use compact::{Choice, Compaction, KeyOf, Step};
pub use document::{DocumentName, SealedDocument, check_document, open_body, open_text};
pub use dossier::{
    Alias, Answer, Authorisation, Block, Closing, Consents, Dossier, Link, Masking, Party,
    PartyKind, Representative, RepresentativeRole, Tie, Traits,
};
pub use entry::{Author, Coded, Depositor, EarlierVersion, Entry, Reference, Submission};
pub use error::{Malformed, SegmentDamage, StoreError};
pub use export::Export;
pub use format::{FORMAT_VERSION, Format};
pub use frame::{BODY_PLACE_BYTES, BodyPlace, Codec, Packing};
pub use head::{Bodies, Body, DossierSeal, Head, Listing, SealedHead, StoredBody, remove_rows};
pub use mend::{check_segment, segment_file};
pub use meta::{Counter, Counters, SegmentRow, SegmentState};
pub use retired::{retire, retire_run, retired, take_retired, take_up};
pub use roll::{Items, Piece, RollHeader, RollProof, RollReader, RollWriter, Tip};
pub use shrink::{Shrunk, shrink, shrink_on};
pub use snapshot::Snapshot;
pub use stats::{Stats, TableStats};
pub use sweep::Swept;
pub use transaction::{Prepared, SealedBody, Transaction};
pub use units::{OpenUnit, OpenUnits, SealedUnit, UnitChanges, UnitKind, UnitMark, Units};
pub use upgrade::{Upgraded, upgrade, upgrade_on};
pub use verify::{Damage, Verified};
pub use view::{
    AliasView, AuthorView, AuthorisationView, BlockView, ClosingView, CodedView, DepositorView,
    DossierView, EarlierVersionView, EntryView, LinkView, PartyView, ReferenceView,
    RepresentativeView, SubmissionView, TieView, TraitsView,
};
