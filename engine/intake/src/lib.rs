//! What a document says of itself: CDA R2 and Liasse's own JSON form, read into plain structs.
//!
//! For: metadata by the names of the IHE XDS DocumentEntry, the patient's identity as the
//! document states it, readable text. Not for: whether any of it is true, who may read it,
//! where it is kept. Invariants: no key is ever here; input is hostile, so depth, size and
//! counts are bounded, nothing is fetched, no entity is expanded but the five of XML and
//! numeric ones; no error and no `Debug` carries a word of the document.

mod cda;
mod encoding;
pub mod fuzzing;
mod identity;
mod json;
mod metadata;
mod paper;
mod read;
mod reason;
mod text;
mod xml;

pub use cda::points::{Point, PointKind, Value};
pub use identity::{Identifier, Ins, InsAuthority, NotAnIns};
pub use metadata::{
    Author, AuthorKind, Code, Metadata, Organization, Patient, Person, Sex, Sha1, Traits,
};
pub use paper::{Body, Embedded, MediaType, NotEmbedded, Note, Paper, Section, Source};
pub use read::{points, read};
pub use reason::{IntakeError, Place, Reason};
