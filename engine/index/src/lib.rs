//! Which documents say these words: analysis, encrypted directory, segments, search.
//!
//! For: `query` and `liasse`. Not for: who may see an answer, in which order, or what a key is.
//! Invariants: no key byte is ever seen here; an answer depends on the documents inside the
//! filter alone; no parser sees bytes whose tag was not checked; nothing is stored but postings,
//! positions and columns.

mod analysis;
mod arena;
mod budget;
mod directory;
mod error;
mod expr;
pub mod fuzzing;
mod index;
mod manifest;
#[doc(hidden)]
pub mod measuring;
mod passing;
mod renew;
mod rewrite;
mod sealed;
mod search;
mod segment;
mod snippet;
mod statistics;
mod synonyms;
mod tail;
#[cfg(test)]
mod testing;

pub use analysis::{ANALYZER_VERSION, Analysed, Code, DocumentText};
pub use directory::SegmentKeys;
pub use error::IndexError;
pub use expr::{Context, Expr, ExprError, In, WordOptions};
pub use index::{Access, Damaged, Index, IndexOptions, SegmentInfo};
pub use manifest::{
    Bytes, IndexFile, MANIFEST_TABLE, bound_files, clear_manifest, manifest_digest, manifest_files,
};
pub use renew::{Renewal, Renewed};
pub use rewrite::{Forget, Rewrite, RewritePlan};
pub use search::{Filter, Scores, Searcher, Standing, Wording};
pub use snippet::{Highlight, Said, Snippet, snippet};
pub use statistics::{NotATable, ReferenceStatistics};
pub use synonyms::{NotSynonyms, Synonyms};
