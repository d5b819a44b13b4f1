//! `fr_clinique`: from a text to the tokens that are indexed, and the same for a query.
//!
//! For: documents (off the committer's thread) and the words of a query. Not for: storing text:
//! an [`Analysed`] holds tokens, wiped when it is dropped. Invariants: a pure function of its
//! input and of [`ANALYZER_VERSION`]; fold first, then stem; no stop word is removed; layers
//! (capitals, joined forms) stand at the position of the word they belong to.

mod context;
mod cue;
mod document;
mod fold;
mod function;
mod layer;
mod packed;
mod scan;
mod stem;

pub(crate) use context::{Marks, mark};
pub(crate) use document::for_each_token;
pub use document::{Analysed, Code, DocumentText};
pub(crate) use function::{is_common, is_function};
pub(crate) use layer::{CAPITALS_MARK, capitals, for_each_joined, name};
pub(crate) use packed::{Packed, PackedReader};
pub(crate) use scan::{Shape, Word, Words};

/// Version of everything in this module; a change of any token needs a new one.
pub const ANALYZER_VERSION: u32 = 2;
