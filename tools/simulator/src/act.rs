//! What is done to the simulated store: acts, and the seeded choice of them.
//!
//! Invariants: a document is made of its number and its patient alone; an act is chosen so
//! that it must succeed on a disk without faults.

use crate::dice::Dice;
use crate::model::Model;
use base::{Availability, Flags};
use liasse::Matricule;

/// One act.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A document, and a dossier for it when there is none.
    Deposit { patient: usize, number: usize },
    /// A document that replaces an older one.
    Replace {
        patient: usize,
        old: usize,
        number: usize,
    },
    /// The holder hides a document from professionals.
    Mask { patient: usize, number: usize },
    /// The holder shows it again.
    Unmask { patient: usize, number: usize },
    /// The holder authorises the colleague.
    Share { patient: usize },
    /// The rescuer breaks the glass: a trace that is durable before anything is read.
    Glass { patient: usize },
    /// The doctor reads: a trace that may wait.
    Read { patient: usize },
    /// The holder erases her dossier: keys, rows, units, index, two receipts, two roots.
    Erase { patient: usize },
    /// The store is closed, which flushes the index, and opened again.
    Reopen,
}

impl Act {
    /// An act that fits the model; `number` is the number of the next document.
    pub(crate) fn choose(dice: &mut Dice, model: &Model, number: usize) -> Self {
        let patient = dice.below(PATIENTS);
        let deposit = Self::Deposit { patient, number };
        let Some(dossier) = model.dossiers.get(&patient) else {
            return deposit;
        };
        if dossier.papers.len() >= PAPERS_MAX {
            return Self::Erase { patient };
        }
        let paper = &dossier.papers[dice.below(dossier.papers.len())];
        let named = paper.number;
        match dice.below(100) {
            0..30 => deposit,
            30..40 if paper.status == Availability::Approved => Self::Replace {
                patient,
                old: named,
                number,
            },
            40..55 if paper.flags.contains(Flags::MASQUE_PS) => Self::Unmask {
                patient,
                number: named,
            },
            40..55 => Self::Mask {
                patient,
                number: named,
            },
            55..62 if !dossier.shared => Self::Share { patient },
            62..70 => Self::Glass { patient },
            70..78 => Self::Read { patient },
            78..90 => Self::Erase { patient },
            90..97 => Self::Reopen,
            _ => deposit,
        }
    }
}

impl Act {
    /// Whether it is an erasure.
    pub(crate) const fn is_erasure(&self) -> bool {
        matches!(self, Self::Erase { .. })
    }

    /// Whether it is more than one commit, so that a failed one may leave it begun.
    pub(crate) const fn is_many_commits(&self) -> bool {
        matches!(self, Self::Erase { .. } | Self::Reopen)
    }

    /// Whose dossier it is about; the first's when it is about none.
    pub(crate) const fn patient(&self) -> usize {
        match self {
            Self::Deposit { patient, .. }
            | Self::Replace { patient, .. }
            | Self::Mask { patient, .. }
            | Self::Unmask { patient, .. }
            | Self::Share { patient }
            | Self::Glass { patient }
            | Self::Read { patient }
            | Self::Erase { patient } => *patient,
            Self::Reopen => 0,
        }
    }
}

/// The patients' matricules.
pub(crate) fn matricules() -> Result<Vec<Matricule>, String> {
    let world = specimen::World::new(7);
    let matricule = |number| {
        let patient = world.patient(number);
        let text = format!("{}@{}", patient.matricule, specimen::Patient::INS_ROOT);
        text.parse()
            .map_err(|error: liasse::Error| error.to_string())
    };
    (0..PATIENTS as u64).map(matricule).collect()
}

/// The text of the document of this number, which is what it is fetched as.
pub(crate) fn text(number: usize) -> String {
    format!("{} ", word(number)).repeat(1 + number % 7 * 40)
}

/// The document of this number, as it is deposited.
pub(crate) fn form(patient: usize, number: usize, replaces: Option<usize>) -> Vec<u8> {
    let matricule = specimen::World::new(7).patient(patient as u64).matricule;
    let replaces = replaces.map_or(String::new(), |old| format!("\"{}\"", unique_id(old)));
    let text = text(number);
    format!(
        "{{\"liasse_document\": 1, \"unique_id\": \"{}\", \"replaces\": [{replaces}], \
         \"type\": {{\"code\": \"11502-2\", \"system\": \"2.16.840.1.113883.6.1\"}}, \
         \"title\": \"{}\", \"creation_time\": \"2026-01-14T07:30:00+01:00\", \
         \"patient\": {{\"ins\": {{\"matricule\": \"{matricule}\", \"oid\": \"{}\"}}}}, \
         \"text\": \"{text}\"}}",
        unique_id(number),
        title(number),
        specimen::Patient::INS_ROOT,
    )
    .into_bytes()
}

/// The identifier that its producer gave the document.
pub(crate) fn unique_id(number: usize) -> String {
    format!("1.2.250.1.999.7.1^SIM-{number}")
}

pub(crate) fn title(number: usize) -> String {
    format!("Compte rendu {number}")
}

/// A word that stands in this document alone.
pub(crate) fn word(number: usize) -> String {
    format!("mot{number}unique")
}

/// How many patients there are.
pub(crate) const PATIENTS: usize = 3;
const PAPERS_MAX: usize = 6;
