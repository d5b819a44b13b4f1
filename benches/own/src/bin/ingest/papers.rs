//! The documents of the bench: specimen texts of a median near 1.4 kB, one after the other.

use specimen::{Document, World};

/// One document.
pub(crate) struct Paper {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The document in Liasse's JSON form.
    pub(crate) form: Vec<u8>,
}

/// So many documents, patient by patient; the same in every run.
pub(crate) fn papers(count: usize) -> impl Iterator<Item = Paper> {
    let world = World::new(SEED);
    (0..)
        .flat_map(move |patient| world.documents(patient))
        .take(count)
        .map(paper)
}

/// Documents of patients that no other list holds.
pub(crate) fn later_papers() -> impl Iterator<Item = Paper> {
    let world = World::new(SEED);
    (LATER_PATIENT..)
        .flat_map(move |patient| world.documents(patient))
        .map(paper)
}

fn paper(document: Document) -> Paper {
    Paper {
        id: document.unique_id.clone(),
        title: document.title.clone(),
        text: document.text(),
        form: document.json().to_string().into_bytes(),
    }
}

/// The median length of texts.
pub(crate) fn median(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

const SEED: u64 = 11;
const LATER_PATIENT: u64 = 50_000_000;
