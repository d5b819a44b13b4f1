//! `entries`: the list of a dossier's documents.

use crate::answer::DocumentEntry;
use crate::ask::{Matricule, Statuses};
use crate::error::Result;
use crate::facts;
use crate::session::{Entered, Session};
use base::DossierId;
use journal::{Act, Verb};
use policy::{Cleared, DocumentFacts};
use store::EntryView;

impl Session {
    /// The documents of a dossier that the session may see, oldest first.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when there is no such dossier or the session may not enter it.
    pub fn entries(&self, patient: &Matricule, statuses: Statuses) -> Result<Vec<DocumentEntry>> {
        let view = self.shared.core.view()?;
        let entered = self.enter(&view, patient, Verb::Entries)?;
        let cleared: Vec<_> = self
            .wanted(&entered, statuses)
            .filter_map(|(entry, facts)| {
                entered
                    .lens
                    .clear_entry(&facts, entry_of(entry, entered.id))
            })
            .collect();
        let cleared = Cleared::gathered(cleared);
        let act = Act::Accessed {
            verb: Verb::Entries,
            documents: Vec::new(),
        };
        let proof = self.record(&view, &[self.line(&entered, act, None)])?;
        let mut entries = cleared.release(&proof)?;
        entries.sort_by_key(|entry| (entry.creation_time, entry.document));
        Ok(entries)
    }

    /// The entries of these statuses, each with its facts.
    pub(crate) fn wanted<'a>(
        &'a self,
        entered: &'a Entered,
        statuses: Statuses,
    ) -> impl Iterator<Item = (EntryView<'a>, DocumentFacts)> + 'a {
        let dictionary = entered.lens.lens().pack().dictionary();
        entered
            .listing
            .entries()
            .filter(move |entry| statuses.listed().contains(&entry.status()))
            .map(move |entry| (entry, facts::document(entry, &self.facts, dictionary)))
    }
}

/// The entry as hosts see it.
pub(crate) fn entry_of(entry: EntryView<'_>, dossier: DossierId) -> DocumentEntry {
    let author = entry.authors().next();
    let first_said = |texts: [&str; 2]| {
        let said = texts.into_iter().find(|text| !text.is_empty());
        owned(said.unwrap_or_default())
    };
    DocumentEntry {
        document: entry.document(),
        entry: entry.entry(),
        dossier,
        unique_id: owned(entry.unique_id()),
        type_code: owned(entry.kind().code()),
        class_code: owned(entry.class().code()),
        title: owned(entry.title()),
        author: author
            .map(|it| first_said([it.name(), it.id()]))
            .unwrap_or_default(),
        author_structure: author
            .map(|it| first_said([it.structure_name(), it.structure_id()]))
            .unwrap_or_default(),
        creation_time: entry.created(),
        deposited: entry.deposited(),
        confidentiality: owned(entry.confidentiality()),
        flags: entry.flags(),
        status: entry.status(),
        mime_type: owned(entry.mime()),
        size: entry.size(),
        version: entry.version(),
    }
}

/// A text of the host's own, with room for the NUL that a host in C wants behind it.
fn owned(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut owned = String::with_capacity(text.len() + 1);
    owned.push_str(text);
    owned
}
