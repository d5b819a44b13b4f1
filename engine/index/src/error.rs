//! What can go wrong in the index, and who must act.
//!
//! Invariant: no message holds a word of a document or of a query, only names of files and
//! limits.

use base::rows::RowError;
use thiserror::Error;

/// Why the index could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The text of a document is above the limit.
    #[error(
        "the text is too long to be indexed: the limit is {} bytes",
        base::limit::TEXT_BYTES_MAX
    )]
    TextTooLong,
    /// The title of a document is above the limit.
    #[error(
        "the title is too long: the limit is {} bytes",
        base::limit::FIELD_BYTES_MAX
    )]
    TitleTooLong,
    /// A document has too many coded values.
    #[error(
        "the document has too many codes: the limit is {}",
        base::limit::DOCUMENT_CODES_MAX
    )]
    TooManyCodes,
    /// A query could not be understood or is above a limit.
    #[error(transparent)]
    Query(#[from] crate::expr::ExprError),
    /// An index file is damaged or was altered.
    #[error("the index file {file} is damaged")]
    Damaged {
        /// Name of the file in the index directory.
        file: String,
    },
    /// The manifest contradicts itself or names what is not there.
    #[error("the index manifest is damaged: {what}")]
    Manifest {
        /// What is wrong, without content.
        what: &'static str,
    },
    /// The index was analysed with rules of a later version.
    #[error("the index was built with analyzer version {found}, this is version {known}")]
    Analyzer {
        /// Version in the manifest.
        found: u32,
        /// Version of this build.
        known: u32,
    },
    /// Something changed since the work was planned; plan it again.
    #[error("the index changed while its segments were being rewritten")]
    Stale,
    /// Fewer key slots were given than the work writes segments.
    #[error("{needed} key slots are needed, {given} were given")]
    Slots {
        /// How many segments will be written.
        needed: usize,
        /// How many slots were given.
        given: usize,
    },
    /// The key of a segment is not to be had.
    #[error("the key of an index segment could not be opened")]
    Key,
    /// No random bytes were to be had.
    #[error(transparent)]
    Entropy(#[from] base::entropy::NoEntropy),
    /// The catalog could not be read or written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// A file could not be read or written.
    #[error("the index directory could not be used: {0}")]
    Environment(#[from] std::io::Error),
    /// A fault of ours.
    #[error(transparent)]
    Bug(#[from] base::Bug),
}
