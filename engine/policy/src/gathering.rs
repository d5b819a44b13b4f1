//! Documents of many dossiers, decided together, 64 at a time.
//!
//! For: what a search may find and a number may count. Not for: giving out, which each
//! document's own lens clears. Invariants: a document is let out exactly where the lens of its
//! dossier would let it out; what was gathered for another instant or session is let out nowhere.

use crate::facts::DocumentFacts;
use crate::lens::{DossierLens, Lens};
use crate::predicate::block::Columns;
use crate::predicate::sight::Sight;

/// Documents that wait for one decision, in the order in which they were added.
#[derive(Default)]
pub struct Gathering {
    columns: Columns,
    dossiers: Vec<DossierLens>,
    /// Each document with the place of its dossier.
    documents: Vec<(usize, DocumentFacts)>,
}

impl Gathering {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a dossier: the documents added next are its own.
    pub fn dossier(&mut self, lens: &DossierLens) {
        self.columns.dossier(lens.dossier().clone());
        self.dossiers.push(lens.clone());
    }

    /// Adds a document of the dossier last started.
    pub fn push(&mut self, document: DocumentFacts) {
        self.columns.push(&document);
        // Without a dossier its place is that of none, and nothing lets it out.
        let place = self.dossiers.len().wrapping_sub(1);
        self.documents.push((place, document));
    }

    /// Which of the documents are shown, or enter what is counted and listed for whom they are
    /// shown to: those that [`DossierLens::lets_out`] lets out.
    #[must_use]
    pub fn let_out(&self, lens: &Lens) -> Vec<bool> {
        self.decided(&lens.over(&self.columns), |dossier, document| {
            debug_assert!(dossier.shows(document), "blocks show what the lens shows");
            dossier.is_seconded(document)
        })
    }

    /// Which of the documents enter a number that is given out: those that
    /// [`DossierLens::lets_count`] lets count.
    #[must_use]
    pub fn let_count(&self, lens: &Lens) -> Vec<bool> {
        self.decided(&lens.counting(&self.columns), |dossier, document| {
            let counts = || dossier.counts(document).is_allowed();
            debug_assert!(counts(), "blocks count what the lens counts");
            dossier.is_seconded_in_numbers(document)
        })
    }

    fn decided(
        &self,
        sight: &Sight<'_>,
        seconded: impl Fn(&DossierLens, &DocumentFacts) -> bool,
    ) -> Vec<bool> {
        let mut permitted = Vec::with_capacity(self.documents.len());
        for (documents, seen) in self.documents.chunks(64).zip(sight.blocks()) {
            for (bit, (place, document)) in documents.iter().enumerate() {
                let dossier = self.dossiers.get(*place);
                let dossier = dossier.filter(|_| seen >> bit & 1 == 1);
                permitted.push(dossier.is_some_and(|dossier| seconded(dossier, document)));
            }
        }
        permitted
    }
}

#[cfg(test)]
mod tests;
