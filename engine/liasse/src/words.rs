//! Tables of the host's own: words that mean the same, and how common words are.
//!
//! For: opening a store. Not for: what is indexed, which no table changes, so that any may be
//! replaced at the next open. `docs/search.md` gives their forms.

use crate::error::{Code, Error, Result};
use index::{ReferenceStatistics, Synonyms};
use std::sync::Arc;

/// Tables of the host's own; empty ones leave the built-in ones as they are.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WordTables {
    /// Lines of forms parted by tabs that mean the same, beside the built-in ones. A form behind
    /// `>` finds the others and is not found by them.
    pub synonyms: Arc<str>,
    /// Lines of a word, a tab, and how many of a million documents hold it, in place of the
    /// built-in ones. They come from published texts, never from a store: a score must not tell
    /// what is in it.
    pub frequencies: Arc<str>,
}

impl WordTables {
    pub(crate) fn synonyms(&self) -> Result<Arc<Synonyms>> {
        if self.synonyms.is_empty() {
            return Ok(Synonyms::built_in());
        }
        let mut synonyms = Synonyms::clone(&Synonyms::built_in());
        let extended = synonyms.extend(&self.synonyms);
        extended.map_err(|wrong| {
            Error::new(
                Code::Invalid,
                format!("table of synonyms: {wrong}"),
                "give at least two forms on each line, parted by a tab",
            )
        })?;
        Ok(Arc::new(synonyms))
    }

    pub(crate) fn statistics(&self) -> Result<Arc<ReferenceStatistics>> {
        if self.frequencies.is_empty() {
            return Ok(ReferenceStatistics::built_in());
        }
        let table = ReferenceStatistics::from_tsv(&self.frequencies);
        let table = table.map_err(|wrong| {
            Error::new(
                Code::Invalid,
                format!("table of frequencies: {wrong}"),
                "give a word, a tab and a number up to 1000000 on each line",
            )
        })?;
        Ok(Arc::new(table))
    }
}
