//! A world of dossiers, and a sample of one.

use crate::calendar::Day;
use crate::document::Document;
use crate::people::Patient;
use crate::plan::Plan;
use std::sync::Arc;

/// All dossiers of a seed; nothing is kept, each is made when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct World {
    seed: u64,
    today: Day,
}

/// A patient and her documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// Whose it is.
    pub patient: Arc<Patient>,
    /// Its documents, oldest first.
    pub documents: Vec<Document>,
}

impl World {
    /// The world of a seed, whose last day is 2026-01-31.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            today: Day::new(2026, 1, 31),
        }
    }

    /// Its last day: no act is later.
    #[must_use]
    pub const fn today(&self) -> Day {
        self.today
    }

    /// The patient with this number. Numbers below 49 million give different matricules.
    #[must_use]
    pub fn patient(&self, number: u64) -> Patient {
        Patient::of(self.seed, number, self.today)
    }

    /// The documents of a patient, oldest first, made one by one.
    pub fn documents(&self, patient: u64) -> impl ExactSizeIterator<Item = Document> + use<> {
        let seed = self.seed;
        let patient = Arc::new(self.patient(patient));
        let plan = Plan::of(seed, &patient, self.today);
        let count = plan.documents.len();
        (0..count).map(move |at| {
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            let made = Document::make(seed, &patient, &plan, number);
            made.unwrap_or_else(|| unreachable!("the plan has {count} documents"))
        })
    }

    /// One document of a patient.
    #[must_use]
    pub fn document(&self, patient: u64, number: u32) -> Option<Document> {
        let patient = Arc::new(self.patient(patient));
        let plan = Plan::of(self.seed, &patient, self.today);
        Document::make(self.seed, &patient, &plan, number)
    }

    /// A patient and her documents.
    #[must_use]
    pub fn dossier(&self, patient: u64) -> Dossier {
        Dossier {
            patient: Arc::new(self.patient(patient)),
            documents: self.documents(patient).collect(),
        }
    }
}

/// The first dossiers of a world: at least `patients` of them with at least `documents`
/// documents in all.
#[must_use]
pub fn sample(patients: usize, documents: usize) -> Vec<Dossier> {
    let world = World::new(SAMPLE_SEED);
    let mut dossiers: Vec<Dossier> = Vec::new();
    let mut count = 0;
    while dossiers.len() < patients || count < documents {
        let number = u64::try_from(dossiers.len()).unwrap_or(u64::MAX);
        let dossier = world.dossier(number);
        count += dossier.documents.len();
        dossiers.push(dossier);
    }
    dossiers
}

const SAMPLE_SEED: u64 = 2026;

#[cfg(test)]
mod tests;
